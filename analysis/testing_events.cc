#include "analysis/testing_events.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/record_io.h"
#include "tools/cli/file.h"

namespace lockstep::analysis {
namespace {

constexpr uint64_t kBucketBytes = 4 << 20;
constexpr int64_t kMillisecond = 1000000;  // ns
constexpr int64_t kData = 1 * kMillisecond, kForward = 10 * kMillisecond,
                  kBackward = 20 * kMillisecond, kExposed = 1 * kMillisecond,
                  kOptimizer = 2 * kMillisecond,
                  kStep = kData + kForward + kBackward + kExposed + kOptimizer;

// `ns` made up to 5 % longer, by a number that names what it is of.
int64_t Vary(int64_t ns, uint64_t what) {
  const uint64_t mixed = (what + 1) * 0x9e3779b97f4a7c15u;
  return ns + ns * static_cast<int64_t>((mixed >> 32) % 50) / 1000;
}

// When one rank's step began and what each part took, in nanoseconds.
struct RankTimes {
  int64_t begin, data, forward, backward, exposed, optimizer;
  int64_t total() const {
    return data + forward + backward + exposed + optimizer;
  }
};

RankTimes TimesOf(const EventShape& shape, uint32_t step, uint32_t rank) {
  const uint64_t what = (uint64_t{step} * shape.ranks + rank) * 8;
  return {int64_t{step} * kStep * 11 / 10, Vary(kData, what),
          Vary(kForward, what + 1),        Vary(kBackward, what + 2),
          Vary(kExposed, what + 3),        Vary(kOptimizer, what + 4)};
}

struct BucketSpan {
  int64_t start, end;  // since the step began
};

// The collectives fill the time from the middle of the backward pass to the
// optimiser, each nine tenths of its share.
BucketSpan SpanOf(const EventShape& shape, const RankTimes& times,
                  uint32_t bucket) {
  const int64_t first = times.data + times.forward + times.backward / 2;
  const int64_t last = times.total() - times.optimizer;
  const int64_t share = (last - first) / shape.buckets;
  const int64_t start = first + bucket * share;
  return {start, bucket + 1 == shape.buckets
                     ? last
                     : start + Vary(share * 9 / 10, bucket)};
}

double Seconds(int64_t ns) { return ns * 1e-9; }

Record HeaderRecord(const EventShape& shape) {
  Record record;
  Header& header = *record.mutable_header();
  header.set_schema_version(1);
  header.set_provenance(MEASURED);
  header.set_run_id(
      absl::StrCat("synthetic-", shape.ranks, "-", shape.buckets));
  header.set_world_size(shape.ranks);
  for (uint32_t i = 0; i < shape.ranks; ++i) {
    Rank& rank = *header.add_ranks();
    rank.set_rank(i);
    rank.set_host("node0");
    rank.set_device(absl::StrCat("cuda:", i));
    rank.set_device_name("Synthetic GPU");
  }
  header.set_backend("nccl");
  header.set_mechanism(shape.ranks > 1 ? DDP : SINGLE);
  header.set_model("resnet18");
  header.set_gradient_bytes(kBucketBytes * shape.buckets);
  header.set_gradient_dtype("fp32");
  header.set_precision("fp32");
  header.set_batch_size_per_rank(128);
  header.set_global_batch_size(128 * shape.ranks);
  header.set_train_images(uint64_t{128} * shape.ranks * shape.steps);
  header.set_last_batch("pad");
  header.set_epochs(2);
  header.set_measure_epoch(1);
  header.set_optimizer("sgd");
  return record;
}

Record PlanRecord(const EventShape& shape) {
  Record record;
  for (uint32_t b = 0; b < shape.buckets; ++b)
    record.mutable_bucket_plan()->add_buckets()->set_bytes(kBucketBytes);
  return record;
}

void FillRank(const EventShape& shape, uint32_t rank, const RankTimes& times,
              RankStep& to) {
  to.set_rank(rank);
  to.set_total_s(Seconds(times.total()));
  to.set_data_s(Seconds(times.data));
  to.set_forward_s(Seconds(times.forward));
  to.set_backward_s(Seconds(times.backward));
  to.set_exposed_comm_s(Seconds(times.exposed));
  to.set_optimizer_s(Seconds(times.optimizer));
  to.set_begin_ns(times.begin);
  for (uint32_t b = 0; b < shape.buckets; ++b) {
    const BucketSpan span = SpanOf(shape, times, b);
    BucketTiming& bucket = *to.add_buckets();
    bucket.set_bucket(b);
    bucket.set_ready_ns(span.start);
    bucket.set_start_ns(span.start);
    bucket.set_end_ns(span.end);
  }
}

Record StepRecord(const EventShape& shape, uint32_t number) {
  Record record;
  Step& step = *record.mutable_step();
  step.set_epoch(number == 0 ? 0 : 1);
  step.set_step(number == 0 ? 0 : number - 1);
  step.set_global_step(number);
  step.set_images(128 * shape.ranks);
  for (uint32_t rank = 0; rank < shape.ranks; ++rank)
    FillRank(shape, rank, TimesOf(shape, number, rank), *step.add_ranks());
  return record;
}

// Epoch `number`, of steps [first, last).
Record EpochRecord(const EventShape& shape, uint32_t number, uint32_t first,
                   uint32_t last) {
  Record record;
  Epoch& epoch = *record.mutable_epoch();
  epoch.set_epoch(number);
  epoch.set_warm_up(number == 0);
  epoch.set_steps(last - first);
  epoch.set_images(uint64_t{128} * shape.ranks * (last - first));
  for (uint32_t step = first; step < last; ++step) {
    int64_t longest = 0;
    for (uint32_t rank = 0; rank < shape.ranks; ++rank)
      longest = std::max(longest, TimesOf(shape, step, rank).total());
    epoch.add_step_time_s(Seconds(longest));
    epoch.set_step_time_s_sum(epoch.step_time_s_sum() + Seconds(longest));
  }
  for (uint32_t rank = 0; rank < shape.ranks; ++rank) {
    RankEpoch& sums = *epoch.add_ranks();
    sums.set_rank(rank);
    sums.set_total_s(epoch.step_time_s_sum());
    sums.set_forward_s(Seconds(kForward) * epoch.steps());
    sums.set_backward_s(Seconds(kBackward) * epoch.steps());
    sums.set_busy_comm_s(Seconds(kBackward) / 2 * epoch.steps());
    sums.set_exposed_comm_s(Seconds(kExposed) * epoch.steps());
  }
  epoch.set_transfer_s_sum(Seconds(kBackward) / 2 * epoch.steps());
  epoch.set_elapsed_s(Seconds(kStep) * last);
  return record;
}

Record EndRecord(const EventShape& shape) {
  Record record;
  record.mutable_end()->set_reason(End::COMPLETED);
  record.mutable_end()->set_steps(shape.steps);
  return record;
}

// Appends one complete event ("ph":"X"); times in nanoseconds.
void PrintEvent(std::FILE* file, const char* category, const std::string& name,
                int thread, int64_t start_ns, int64_t duration_ns,
                const std::string& arguments) {
  absl::FPrintF(file,
                ",\n{\"ph\":\"X\",\"cat\":\"%s\",\"name\":\"%s\",\"pid\":0,"
                "\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f,\"args\":{%s}}",
                category, name, thread, start_ns * 1e-3, duration_ns * 1e-3,
                arguments);
}

constexpr int64_t kLaunch = 10000;  // from its call to the kernel, ns
constexpr int kHostThread = 1, kComputeStream = 7, kCommStream = 20;

// Prints kernels, each with the call that launched it, as a profiler does.
class KernelPrinter {
 public:
  explicit KernelPrinter(std::FILE* file) : file_(file) {}

  void Print(const std::string& name, int stream, int64_t start_ns,
             int64_t duration_ns, const std::string& more = "") {
    ++correlation_;
    PrintEvent(file_, "cuda_runtime", "cudaLaunchKernel", kHostThread,
               start_ns - kLaunch, kLaunch / 2,
               absl::StrCat("\"correlation\":", correlation_));
    PrintEvent(file_, "kernel", name, stream, start_ns, duration_ns,
               absl::StrCat("\"device\":0,\"context\":1,\"stream\":", stream,
                            ",\"correlation\":", correlation_, more));
  }

 private:
  std::FILE* const file_;
  int64_t correlation_ = 0;
};

void PrintStep(std::FILE* file, const EventShape& shape, uint32_t step,
               uint32_t rank, KernelPrinter& kernels) {
  const RankTimes times = TimesOf(shape, step, rank);
  PrintEvent(file, "user_annotation", absl::StrCat("ProfilerStep#", step),
             kHostThread, times.begin, times.total(), "");
  const int64_t forward = times.begin + times.data;
  kernels.Print("forward_kernel", kComputeStream, forward, times.forward);
  kernels.Print("backward_kernel", kComputeStream, forward + times.forward,
                times.backward);
  kernels.Print("optimizer_kernel", kComputeStream,
                times.begin + times.total() - times.optimizer, times.optimizer);
  for (uint32_t b = 0; b < shape.buckets; ++b) {
    const BucketSpan span = SpanOf(shape, times, b);
    kernels.Print(
        "ncclDevKernel_AllReduce_Sum_f32_RING_LL", kCommStream,
        times.begin + span.start, span.end - span.start,
        absl::StrCat(",\"Collective name\":\"allreduce\",\"In msg nelems\":",
                     kBucketBytes / 4, ",\"Out msg nelems\":", kBucketBytes / 4,
                     ",\"dtype\":\"Float\",\"Group size\":", shape.ranks));
  }
}

absl::Status WriteTrace(const EventShape& shape, uint32_t rank,
                        const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return ErrnoStatus(errno, "cannot create", path);
  absl::FPrintF(file,
                "{\"schemaVersion\":1,\"distributedInfo\":{\"backend\":"
                "\"nccl\",\"rank\":%d,\"world_size\":%d},\n\"traceEvents\":[\n"
                "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":0,\"tid\":0,"
                "\"ts\":0,\"args\":{\"name\":\"python\"}}",
                rank, shape.ranks);
  KernelPrinter kernels(file);
  for (uint32_t step = 0; step < shape.steps; ++step)
    PrintStep(file, shape, step, rank, kernels);
  std::fputs("\n]}\n", file);
  if (std::fclose(file) == 0) return absl::OkStatus();
  return ErrnoStatus(errno, "cannot write", path);
}

}  // namespace

absl::Status WriteEventRecord(const EventShape& shape,
                              const std::string& path) {
  const auto writer = RecordWriter::Create(path);
  if (!writer.ok()) return writer.status();
  absl::Status status = (*writer)->Append(HeaderRecord(shape));
  status.Update((*writer)->Append(PlanRecord(shape)));
  for (uint32_t step = 0; step < shape.steps; ++step) {
    status.Update((*writer)->Append(StepRecord(shape, step)));
    if (step == 0)
      status.Update((*writer)->Append(EpochRecord(shape, 0, 0, 1)));
  }
  status.Update((*writer)->Append(EpochRecord(shape, 1, 1, shape.steps)));
  status.Update((*writer)->Append(EndRecord(shape)));
  return status;
}

absl::Status WriteEventTraces(const EventShape& shape,
                              const std::string& folder) {
  for (uint32_t rank = 0; rank < shape.ranks; ++rank) {
    const absl::Status status =
        WriteTrace(shape, rank, absl::StrCat(folder, "/rank", rank, ".json"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace lockstep::analysis
