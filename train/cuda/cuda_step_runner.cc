#include "train/cuda/cuda_step_runner.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "train/comm/cuda_clock.h"

namespace lockstep {
namespace {

constexpr auto kPollPeriod = std::chrono::microseconds(20);

// Pinned memory for `count` values of T.
template <typename T>
absl::Status Pin(size_t count, T*& memory) {
  return CudaStatus("pinning memory",
                    cudaHostAlloc(reinterpret_cast<void**>(&memory),
                                  count * sizeof(T), cudaHostAllocDefault));
}

cudaStream_t CurrentStream() { return c10::cuda::getCurrentCUDAStream(); }

}  // namespace

absl::StatusOr<std::unique_ptr<CudaStepRunner>> CudaStepRunner::Make(
    const StepRunnerOptions& options, std::shared_ptr<StepMoments> moments) {
  std::unique_ptr<CudaStepRunner> runner(
      new CudaStepRunner(options, std::move(moments)));
  runner->records_ = options.graph;
  MomentCounts capacity = {MarksOf(options.max_passes), 0};
  // At most one bucket a parameter, whatever the order.
  if (options.reducer != nullptr)
    capacity.buckets = options.reducer->order().size();
  runner->moments_->capacity = capacity;
  runner->moments_memory_ = at::zeros({capacity.marks + 3 * capacity.buckets},
                                      at::device(at::kCUDA).dtype(at::kLong));
  runner->moments_->memory = runner->moments_memory_.data_ptr<int64_t>();
  absl::Status status = runner->MakeSlots();
  if (!status.ok()) return status;
  auto timer = GlobalTimer::Make();
  if (!timer.ok()) return timer.status();
  runner->timer_ = *std::move(timer);
  return runner;
}

absl::Status CudaStepRunner::MakeSlots() {
  slots_.resize(kReportLag + 1);
  for (Slot& slot : slots_) {
    absl::Status status = Pin(kReportSize, slot.report);
    if (status.ok()) status = Pin(moments_memory_.numel(), slot.moments);
    if (status.ok())
      status = CudaStatus(
          "making an event",
          cudaEventCreateWithFlags(&slot.over, cudaEventDisableTiming));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

CudaStepRunner::~CudaStepRunner() {
  *moments_ = {};
  for (const Slot& slot : slots_) {
    if (slot.over != nullptr) cudaEventDestroy(slot.over);
    if (slot.moments != nullptr) cudaFreeHost(slot.moments);
    if (slot.report != nullptr) cudaFreeHost(slot.report);
  }
}

absl::Status CudaStepRunner::StartEpoch(const at::Tensor& report) {
  report_ = report;
  steps_.clear();
  queued_ = read_ = 0;
  for (auto& [unused, shape] : shapes_) shape.runs_in_epoch = 0;
  const auto now = timer_->Read();
  if (now.ok()) begin_ = *now;
  return now.status();
}

void CudaStepRunner::Mark() { moments_->Mark(CurrentStream()); }

absl::StatusOr<std::vector<StepReport>> CudaStepRunner::Run(
    const StepShape& shape, const Work& work) {
  const auto counts = RunOrReplay(shape, work);
  if (!counts.ok()) return counts.status();
  const absl::Status status = QueueReport(*counts);
  if (!status.ok()) return status;
  std::vector<StepReport> due;
  if (queued_ - read_ <= kReportLag) return due;
  const auto report = ReadOldest();
  if (!report.ok()) return report.status();
  due.push_back(*report);
  return due;
}

absl::StatusOr<MomentCounts> CudaStepRunner::RunEagerly(const Work& work) {
  moments_->Begin();
  const absl::Status status = work();
  if (!status.ok()) return status;
  return MomentCounts{moments_->marks, moments_->bucket_moments / 3};
}

absl::StatusOr<MomentCounts> CudaStepRunner::RunOrReplay(const StepShape& key,
                                                         const Work& work) {
  Shape& shape = shapes_[key];
  ++shape.runs;
  ++shape.runs_in_epoch;
  if (records_ && shape.graph == nullptr && shape.runs > kWarmUpSteps &&
      shape.runs_in_epoch > 1) {
    const absl::Status status = Record(shape, work);
    if (!status.ok()) return status;
  }
  if (shape.graph == nullptr) return RunEagerly(work);
  const absl::Status status = shape.graph->Replay();
  if (!status.ok()) return status;
  ++replays_;
  return shape.counts;
}

// Leaves shape.graph null where it cannot be done.
absl::Status CudaStepRunner::Record(Shape& shape, const Work& work) {
  for (int64_t step = read_; step < queued_; ++step) {
    const absl::Status status = Await(slots_[step % slots_.size()]);
    if (!status.ok()) return status;
  }
  auto graph = StepGraph::Record([&] {
    const auto counts = RunEagerly(work);
    if (counts.ok()) shape.counts = *counts;
    return counts.status();
  });
  const auto why = WhyNotRecorded(graph.status());
  if (!why.ok()) return why.status();
  if (why->empty()) {
    shape.graph = *std::move(graph);
    return absl::OkStatus();
  }
  records_ = false;
  if (options_.comm == nullptr || options_.comm->rank() == 0)
    std::fprintf(stderr,
                 "ddp: note: steps are not recorded as CUDA graphs: %s\n",
                 why->c_str());
  return absl::OkStatus();
}

// All ranks' answer: "" if every rank has recorded.
absl::StatusOr<std::string> CudaStepRunner::WhyNotRecorded(
    const absl::Status& mine) {
  const std::string text = mine.ok() ? "" : absl::StrCat("x", mine.message());
  if (options_.comm == nullptr) return text.substr(text.empty() ? 0 : 1);
  const auto all = options_.comm->AllGather(text);
  if (!all.ok())
    return absl::Status(
        all.status().code(),
        absl::StrCat(all.status().message(), " (while recording a step",
                     mine.ok() ? "" : ": ", mine.message(),
                     "; --cuda_graph=off does without)"));
  for (size_t r = 0; r < all->size(); ++r)
    if (!(*all)[r].empty())
      return absl::StrCat("rank ", r, ": ", (*all)[r].substr(1));
  return std::string();
}

absl::Status CudaStepRunner::QueueReport(const MomentCounts& counts) {
  Slot& slot = slots_[queued_ % slots_.size()];
  slot.counts = counts;
  slot.deadline = std::chrono::steady_clock::now() + options_.timeout;
  const cudaStream_t stream = CurrentStream();
  absl::Status status =
      CudaStatus("reading a step's report",
                 cudaMemcpyAsync(slot.report, report_.data_ptr<double>(),
                                 kReportSize * sizeof(double),
                                 cudaMemcpyDeviceToHost, stream));
  if (status.ok())
    status = CudaStatus("reading a step's moments",
                        cudaMemcpyAsync(slot.moments, moments_->memory,
                                        moments_memory_.nbytes(),
                                        cudaMemcpyDeviceToHost, stream));
  if (status.ok())
    status = CudaStatus("ending a step", cudaEventRecord(slot.over, stream));
  if (status.ok()) ++queued_;
  return status;
}

absl::Status CudaStepRunner::Await(const Slot& slot) {
  for (;;) {
    const cudaError_t state = QueryEvent(slot.over);
    if (state != cudaSuccess && state != cudaErrorNotReady)
      return CudaStatus("a step", state);
    const absl::Status status =
        options_.comm == nullptr ? absl::OkStatus() : options_.comm->Check();
    if (!status.ok() || state == cudaSuccess) return status;
    if (std::chrono::steady_clock::now() > slot.deadline) {
      if (options_.comm != nullptr) options_.comm->Abort();
      return absl::UnavailableError(
          "a step is not over in time on the GPU; a peer must have gone away");
    }
    std::this_thread::sleep_for(kPollPeriod);
  }
}

absl::StatusOr<StepReport> CudaStepRunner::ReadOldest() {
  const Slot& slot = slots_[read_ % slots_.size()];
  const absl::Status status = Await(slot);
  if (!status.ok()) return status;
  ++read_;
  const int64_t* const buckets = slot.moments + moments_->capacity.marks;
  steps_.push_back({{slot.moments, slot.moments + slot.counts.marks},
                    {buckets, buckets + 3 * slot.counts.buckets}});
  return StepReport{slot.report[0], slot.report[1], slot.report[2]};
}

absl::StatusOr<std::vector<StepReport>> CudaStepRunner::Finish() {
  std::vector<StepReport> rest;
  while (read_ < queued_) {
    const auto report = ReadOldest();
    if (!report.ok()) return report.status();
    rest.push_back(*report);
  }
  const auto now = timer_->Read();
  if (!now.ok()) return now.status();
  end_ = *now;
  return rest;
}

// A bucket starts when the one before it has ended, as in Reducer::Timings().
StepTiming CudaStepRunner::TimingOfStep(const Moments& moments) const {
  const auto host = [&](int64_t device_ns) {
    return HostTime(begin_, end_, device_ns);
  };
  std::vector<int64_t> marks;
  for (const int64_t mark : moments.marks) marks.push_back(host(mark));
  std::vector<BucketInterval> buckets;
  for (size_t i = 0; i + 2 < moments.buckets.size(); i += 3) {
    BucketInterval t = {host(moments.buckets[i]), host(moments.buckets[i + 1]),
                        host(moments.buckets[i + 2])};
    t.start_ns = std::max(t.start_ns, t.ready_ns);
    if (!buckets.empty())
      t.start_ns = std::max(t.start_ns, buckets.back().end_ns);
    t.end_ns = std::max(t.end_ns, t.start_ns);
    buckets.push_back(t);
  }
  StepTiming timing = TimingOf(marks, std::move(buckets));
  // Gradients that were never sent.
  if (timing.buckets.empty() && options_.reducer != nullptr)
    timing.buckets.assign(
        options_.reducer->plan().size(),
        {timing.backward_ns, timing.backward_ns, timing.backward_ns});
  return timing;
}

std::vector<StepTiming> CudaStepRunner::TakeTimings() {
  std::vector<StepTiming> timings;
  for (const Moments& moments : std::exchange(steps_, {}))
    timings.push_back(TimingOfStep(moments));
  return timings;
}

}  // namespace lockstep
