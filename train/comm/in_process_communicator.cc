#include "train/comm/in_process_communicator.h"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "train/comm/rank_barrier.h"
#include "train/comm/serial_thread.h"
#include "train/step_timing.h"

namespace lockstep {
namespace {

using Nanoseconds = std::chrono::nanoseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// What a rank brings to the barrier.
struct Contribution {
  const char* what = "";
  at::Tensor tensor = {};
  std::string bytes = {};
  std::vector<std::string>* gathered = nullptr;  // filled when all have come
};

using Contributions = std::vector<Contribution*>;

absl::Status CheckAlike(const Contributions& all) {
  const Contribution& first = *all[0];
  for (size_t r = 1; r < all.size(); ++r) {
    const Contribution& other = *all[r];
    if (first.what != other.what)
      return absl::InvalidArgumentError(
          absl::StrCat("rank 0 is in ", first.what, ", rank ", r, " in ",
                       other.what, ": call collectives in the same order"));
    if (!first.tensor.defined()) continue;
    if (first.tensor.sizes() != other.tensor.sizes() ||
        first.tensor.dtype() != other.tensor.dtype())
      return absl::InvalidArgumentError(
          absl::StrCat("rank 0 has ", first.tensor.toString(), " of ",
                       first.tensor.numel(), " elements, rank ", r, " ",
                       other.tensor.toString(), " of ", other.tensor.numel()));
  }
  return absl::OkStatus();
}

void Sum(const Contributions& all) {
  at::Tensor sum = all[0]->tensor.clone();
  for (size_t r = 1; r < all.size(); ++r) sum.add_(all[r]->tensor);
  for (Contribution* rank : all) rank->tensor.copy_(sum);
}

void CopyFrom(int root, const Contributions& all) {
  for (Contribution* rank : all)
    if (rank != all[root]) rank->tensor.copy_(all[root]->tensor);
}

void Gather(const Contributions& all) {
  std::vector<std::string> bytes;
  for (const Contribution* rank : all) bytes.push_back(rank->bytes);
  for (Contribution* rank : all) *rank->gathered = bytes;
}

constexpr char kAllReduce[] = "all-reduce", kBroadcast[] = "broadcast",
               kAllGather[] = "all-gather", kBarrier[] = "barrier";

using Work = std::function<void(const Contributions&)>;

// Between torch, which throws, and RankBarrier, which knows no types.
RankBarrier::Combine Checked(const Work& work) {
  return [work](const std::vector<void*>& pointers) {
    Contributions all;
    for (void* pointer : pointers)
      all.push_back(static_cast<Contribution*>(pointer));
    absl::Status status = CheckAlike(all);
    if (!status.ok()) return status;
    try {
      const c10::NoGradGuard parameters_may_be_written;
      work(all);
    } catch (const std::exception& error) {
      return absl::InternalError(
          absl::StrCat(all[0]->what, ": ", error.what()));
    }
    return absl::OkStatus();
  };
}

struct Outcome {
  absl::Status status;
  BucketInterval times;
};

class InProcessReduce : public PendingReduce {
 public:
  explicit InProcessReduce(std::future<Outcome> future)
      : future_(std::move(future)) {}

  // Ends: the barrier has a time-out.
  absl::Status Wait() override {
    if (future_.valid()) outcome_ = future_.get();
    return outcome_.status;
  }
  BucketInterval Times() override { return outcome_.times; }

 private:
  std::future<Outcome> future_;
  Outcome outcome_;
};

class InProcessCommunicator : public Communicator {
 public:
  InProcessCommunicator(int rank, const InProcessOptions& options,
                        std::shared_ptr<RankBarrier> barrier)
      : rank_(rank), delay_(options.delay), barrier_(std::move(barrier)) {}
  // Leaving ends what the thread still waits in.
  ~InProcessCommunicator() override { barrier_->Leave(rank_); }

  int rank() const override { return rank_; }
  int world_size() const override { return barrier_->size(); }
  std::string name() const override { return "in-process"; }

  std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) override {
    const int64_t bytes = tensor.numel() * tensor.element_size();
    const Nanoseconds delay =
        delay_ ? delay_(bytes, reductions_++) : Nanoseconds(0);
    return Start({kAllReduce, std::move(tensor)}, Sum, delay);
  }

  absl::Status Broadcast(at::Tensor tensor, int root) override {
    if (root < 0 || root >= world_size())
      return absl::InvalidArgumentError(
          absl::StrCat("broadcast from rank ", root, " of ", world_size()));
    return Start({kBroadcast, std::move(tensor)},
                 [root](const Contributions& all) { CopyFrom(root, all); })
        ->Wait();
  }

  absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) override {
    std::vector<std::string> gathered;
    const absl::Status status =
        Start({kAllGather, {}, bytes, &gathered}, Gather)->Wait();
    if (!status.ok()) return status;
    return gathered;
  }

  absl::Status Barrier() override {
    return Start({kBarrier}, [](const Contributions&) {})->Wait();
  }

  void Abort() override { barrier_->Leave(rank_); }

 private:
  // Queues one collective on the rank's thread.
  std::unique_ptr<PendingReduce> Start(Contribution mine, Work work,
                                       Nanoseconds delay = Nanoseconds(0)) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto pending = std::make_unique<InProcessReduce>(promise->get_future());
    thread_.Post([this, promise, mine = std::move(mine), work = std::move(work),
                  delay, ready_ns = SteadyNanoseconds()]() mutable {
      promise->set_value(Take(ready_ns, mine, work, delay));
    });
    return pending;
  }

  Outcome Take(int64_t ready_ns, Contribution& mine, const Work& work,
               Nanoseconds delay) {
    Outcome outcome;
    outcome.times.ready_ns = ready_ns;
    outcome.times.start_ns = std::max(ready_ns, previous_end_ns_);
    outcome.status = barrier_->Meet(rank_, &mine, Checked(work));
    if (outcome.status.ok() && delay > Nanoseconds(0))
      outcome.status = barrier_->Pause(
          rank_, SteadyTime(Nanoseconds(outcome.times.start_ns) + delay));
    previous_end_ns_ = outcome.times.end_ns = SteadyNanoseconds();
    if (!outcome.status.ok())
      outcome.status = absl::Status(
          outcome.status.code(),
          absl::StrCat(mine.what, " failed: ", outcome.status.message()));
    return outcome;
  }

  const int rank_;
  const decltype(InProcessOptions::delay) delay_;
  const std::shared_ptr<RankBarrier> barrier_;
  int reductions_ = 0;
  int64_t previous_end_ns_ = 0;  // thread_ only
  SerialThread thread_;          // last: it uses all of the above
};

}  // namespace

InProcessHub::InProcessHub(InProcessOptions options)
    : options_(std::move(options)),
      barrier_(std::make_shared<RankBarrier>(options_.world_size,
                                             options_.timeout)) {}

std::unique_ptr<Communicator> InProcessHub::Join(int rank) {
  return std::make_unique<InProcessCommunicator>(rank, options_, barrier_);
}

}  // namespace lockstep
