#include "train/comm/gloo_communicator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "absl/strings/str_cat.h"
#include "train/comm/failed_reduce.h"
#include "train/step_timing.h"

namespace lockstep {
namespace {

// Reductions must run one after the other for their times to mean something;
// with Gloo's default of two threads two buckets would share the link.
constexpr int kGlooThreads = 1;

// The first line of an exception's text: torch appends a stack trace.
absl::Status CommunicationError(const char* what, const std::exception& error) {
  const std::string text = error.what();
  return absl::UnavailableError(
      absl::StrCat(what, " failed: ", text.substr(0, text.find('\n'))));
}

absl::Status WaitFor(const char* what,
                     const c10::intrusive_ptr<c10d::Work>& work) {
  try {
    work->wait();
  } catch (const std::exception& error) {
    return CommunicationError(what, error);
  }
  return absl::OkStatus();
}

class GlooReduce : public PendingReduce {
 public:
  // `begin_ns` was taken before the call that made `work`: a small reduction
  // may be over when that call returns.
  GlooReduce(int64_t begin_ns, at::Tensor tensor,
             c10::intrusive_ptr<c10d::Work> work)
      : begin_ns_(begin_ns),
        tensor_(std::move(tensor)),
        work_(std::move(work)) {
    // Runs on Gloo's thread, or here if the reduction is already over. The
    // callback may outlive this object after a failure, hence the shared stamp.
    work_->getFuture()->addCallback(
        [stamp = end_ns_](c10::ivalue::Future&) {
          stamp->store(SteadyNanoseconds());
        },
        /*uses_future=*/false);
  }

  absl::Status Wait() override {
    absl::Status status = WaitFor("all-reduce", work_);
    // The waiter may wake before the callback has run; its own clock bounds it.
    int64_t unset = 0;
    end_ns_->compare_exchange_strong(unset, SteadyNanoseconds());
    return status;
  }
  // Gloo does not say when it begins; the reducer knows what came before.
  BucketInterval Times() override {
    return {begin_ns_, begin_ns_, end_ns_->load()};
  }

 private:
  const int64_t begin_ns_;
  const at::Tensor tensor_;
  const c10::intrusive_ptr<c10d::Work> work_;
  const std::shared_ptr<std::atomic<int64_t>> end_ns_ =
      std::make_shared<std::atomic<int64_t>>(0);
};

class GlooCommunicator : public Communicator {
 public:
  explicit GlooCommunicator(c10::intrusive_ptr<c10d::ProcessGroupGloo> group)
      : group_(std::move(group)) {}

  int rank() const override { return group_->getRank(); }
  int world_size() const override { return group_->getSize(); }
  std::string name() const override { return "gloo"; }

  std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) override {
    std::vector<at::Tensor> tensors = {tensor};
    const int64_t begin_ns = SteadyNanoseconds();
    try {
      return std::make_unique<GlooReduce>(begin_ns, tensor,
                                          group_->allreduce(tensors));
    } catch (const std::exception& error) {
      return std::make_unique<FailedReduce>(
          CommunicationError("all-reduce", error));
    }
  }

  absl::Status Broadcast(at::Tensor tensor, int root) override {
    if (tensor.numel() == 0) return absl::OkStatus();
    std::vector<at::Tensor> tensors = {tensor};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    try {
      return WaitFor("broadcast", group_->broadcast(tensors, options));
    } catch (const std::exception& error) {
      return CommunicationError("broadcast", error);
    }
  }

  absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) override {
    at::Tensor length =
        at::full({1}, static_cast<int64_t>(bytes.size()), at::kLong);
    auto lengths = GatherEqual(length);
    if (!lengths.ok()) return lengths.status();
    int64_t longest = 1;
    for (const at::Tensor& n : *lengths)
      longest = std::max(longest, n.item<int64_t>());
    at::Tensor padded = at::zeros({longest}, at::kByte);
    std::memcpy(padded.data_ptr(), bytes.data(), bytes.size());
    const auto gathered = GatherEqual(padded);
    if (!gathered.ok()) return gathered.status();
    std::vector<std::string> result;
    for (int r = 0; r < world_size(); ++r)
      result.emplace_back(static_cast<const char*>((*gathered)[r].data_ptr()),
                          (*lengths)[r].item<int64_t>());
    return result;
  }

  absl::Status Barrier() override {
    try {
      return WaitFor("barrier", group_->barrier());
    } catch (const std::exception& error) {
      return CommunicationError("barrier", error);
    }
  }

 private:
  // All ranks' tensors of the same shape, by rank.
  absl::StatusOr<std::vector<at::Tensor>> GatherEqual(const at::Tensor& mine) {
    std::vector<std::vector<at::Tensor>> outputs(1);
    for (int r = 0; r < world_size(); ++r)
      outputs[0].push_back(at::empty_like(mine));
    std::vector<at::Tensor> inputs = {mine};
    try {
      const absl::Status status =
          WaitFor("all-gather", group_->allgather(outputs, inputs));
      if (!status.ok()) return status;
    } catch (const std::exception& error) {
      return CommunicationError("all-gather", error);
    }
    return outputs[0];
  }

  const c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

// c10d's flight recorder is one object a process and not thread-safe: with two
// groups in two threads it corrupts a map (torch 2.11). We time collectives
// ourselves, so it is off unless the user asks for it.
void DisableFlightRecorder() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("TORCH_FR_BUFFER_SIZE", "0", 0); });
}

std::shared_ptr<::gloo::transport::Device> MakeDevice(
    const GlooOptions& options) {
  using c10d::ProcessGroupGloo;
  if (!options.interface.empty())
    return ProcessGroupGloo::createDeviceForInterface(options.interface);
  return ProcessGroupGloo::createDeviceForHostname(
      options.address.empty() ? "127.0.0.1" : options.address);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Communicator>> MakeGlooCommunicator(
    const c10::intrusive_ptr<c10d::Store>& store, const GlooOptions& options) {
  DisableFlightRecorder();
  try {
    auto gloo = c10d::ProcessGroupGloo::Options::create(options.timeout);
    gloo->threads = kGlooThreads;
    gloo->devices.push_back(MakeDevice(options));
    return std::make_unique<GlooCommunicator>(
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, options.rank,
                                                    options.world_size, gloo));
  } catch (const std::exception& error) {
    return CommunicationError("connecting the ranks", error);
  }
}

}  // namespace lockstep
