#include "train/comm_baseline.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

// What a type is called in nccl-tests, and the largest n for which it holds all
// whole numbers up to n.
struct TypeFacts {
  const char* name = nullptr;
  int64_t exact = 0;
};

TypeFacts FactsOf(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return {"float", int64_t{1} << 24};
    case at::kDouble:
      return {"double", int64_t{1} << 53};
    case at::kHalf:
      return {"half", 1 << 11};
    case at::kBFloat16:
      return {"bfloat16", 1 << 8};
    default:
      return {};
  }
}

// Period of the inputs: values are 0 .. period - 1. Odd, so that no power of
// two, where implementations cut their chunks, is a multiple of it.
constexpr int64_t kLongestPeriod = 15;

// Inputs whose partial sums stay exact whatever the order.
class Pattern {
 public:
  Pattern(int world_size, int64_t exact)
      : adding_ranks_(std::min<int64_t>(world_size, exact)),
        period_(std::min(kLongestPeriod, exact / adding_ranks_ + 1)) {}

  // Element i of what `rank` adds; different for each of `period` repeats.
  int64_t Input(int rank, int repeat, int64_t i) const {
    return rank < adding_ranks_ ? (i + rank + repeat) % period_ : 0;
  }

  int64_t Sum(int repeat, int64_t i) const {
    int64_t sum = 0;
    for (int rank = 0; rank < adding_ranks_; ++rank)
      sum += Input(rank, repeat, i);
    return sum;
  }

  int64_t period() const { return period_; }

 private:
  const int64_t adding_ranks_;  // with more, their ones would not add exactly
  const int64_t period_;
};

// Element i of the result is value(i), which has the pattern's period.
template <typename Value>
at::Tensor Filled(const Pattern& pattern, int64_t elements,
                  const at::TensorOptions& options, Value value) {
  at::Tensor period = at::empty({pattern.period()}, at::kFloat);
  for (int64_t i = 0; i < pattern.period(); ++i)
    period.data_ptr<float>()[i] = value(i);
  return period.to(options)
      .repeat({elements / pattern.period() + 1})
      .narrow(0, 0, elements);
}

// What one rank saw of one size; travels between ranks of one build.
struct Observed {
  std::vector<int64_t> durations_ns;  // of the timed repeats
  int64_t wrong = 0;
};

std::string Encode(const Observed& observed) {
  std::vector<int64_t> numbers = observed.durations_ns;
  numbers.push_back(observed.wrong);
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(int64_t)};
}

absl::StatusOr<Observed> Decode(const std::string& bytes, size_t repeats) {
  std::vector<int64_t> numbers(repeats + 1);
  if (bytes.size() != numbers.size() * sizeof(int64_t))
    return absl::InternalError(
        "a rank measured the baseline with other options; start all ranks "
        "with the same flags");
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  const int64_t wrong = numbers.back();
  numbers.pop_back();
  return Observed{std::move(numbers), wrong};
}

// One reduction after a barrier; its duration in nanoseconds.
absl::StatusOr<int64_t> Reduce(Communicator& comm, const at::Tensor& tensor) {
  const absl::Status together = comm.Barrier();
  if (!together.ok()) return together;
  const auto pending = comm.AllReduceSum(tensor);
  const absl::Status status = pending->Wait();
  if (!status.ok()) return status;
  const BucketInterval times = pending->Times();
  return times.end_ns - times.start_ns;
}

absl::StatusOr<Observed> Observe(Communicator& comm, const Pattern& pattern,
                                 int64_t elements,
                                 const at::TensorOptions& options,
                                 const BaselineOptions& counts) {
  Observed observed;
  at::Tensor tensor = at::empty({elements}, options);
  for (int repeat = 0; repeat < counts.warmup + counts.repeats; ++repeat) {
    tensor.copy_(Filled(pattern, elements, options, [&](int64_t i) {
      return pattern.Input(comm.rank(), repeat, i);
    }));
    tensor[0].item();  // on a GPU: it is filled before the clock starts
    const auto duration = Reduce(comm, tensor);
    if (!duration.ok()) return duration.status();
    if (repeat >= counts.warmup) observed.durations_ns.push_back(*duration);
    const at::Tensor sum = Filled(pattern, elements, options, [&](int64_t i) {
      return pattern.Sum(repeat, i);
    });
    observed.wrong += tensor.ne(sum).sum().item<int64_t>();
  }
  return observed;
}

// The row that the observations of all ranks make; bytes and type are set.
absl::Status Combine(Communicator& comm, const Observed& mine,
                     BaselineRow& row) {
  const auto all = comm.AllGather(Encode(mine));
  if (!all.ok()) return all.status();
  std::vector<int64_t> shortest(mine.durations_ns.size(),
                                std::numeric_limits<int64_t>::max());
  for (const std::string& bytes : *all) {
    const auto rank = Decode(bytes, shortest.size());
    if (!rank.ok()) return rank.status();
    for (size_t i = 0; i < shortest.size(); ++i)
      shortest[i] = std::min(shortest[i], rank->durations_ns[i]);
    row.wrong += rank->wrong;
  }
  for (const int64_t ns : shortest) row.times_us.push_back(ns * 1e-3);
  SummarizeTimes(comm.world_size(), row);
  return absl::OkStatus();
}

absl::Status CheckArguments(const std::vector<int64_t>& bytes,
                            at::ScalarType type,
                            const BaselineOptions& options) {
  if (FactsOf(type).name == nullptr)
    return absl::InvalidArgumentError(
        absl::StrCat("no baseline for ", c10::toString(type),
                     "; gradients are fp32, fp64, fp16 or bf16"));
  if (options.warmup < 0 || options.repeats < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("a baseline of ", options.warmup, " warm-ups and ",
                     options.repeats, " repeats; expected at least 0 and 1"));
  const int64_t element = c10::elementSize(type);
  for (const int64_t size : bytes)
    if (size <= 0 || size % element != 0)
      return absl::InvalidArgumentError(absl::StrCat(
          "a baseline of ", size, " bytes is no whole number of elements of ",
          element, " bytes"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<BaselineRow>> MeasureCommBaseline(
    Communicator& comm, const std::vector<int64_t>& bytes, at::ScalarType type,
    at::Device device, const BaselineOptions& options) {
  const absl::Status valid = CheckArguments(bytes, type, options);
  if (!valid.ok()) return valid;
  const TypeFacts facts = FactsOf(type);
  const Pattern pattern(comm.world_size(), facts.exact);
  std::vector<BaselineRow> rows;
  for (const int64_t size : bytes) {
    BaselineRow row;
    row.bytes = size;
    row.elements = size / static_cast<int64_t>(c10::elementSize(type));
    row.type = facts.name;
    const auto mine = Observe(comm, pattern, row.elements,
                              at::device(device).dtype(type), options);
    if (!mine.ok()) return mine.status();
    const absl::Status combined = Combine(comm, *mine, row);
    if (!combined.ok()) return combined;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lockstep
