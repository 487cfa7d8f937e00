#include "train/step_timing_codec.h"

#include <cstdint>
#include <cstring>

#include "absl/status/status.h"

namespace lockstep {

std::string EncodeTimings(const std::vector<StepTiming>& steps) {
  std::vector<int64_t> numbers;
  for (const StepTiming& s : steps) {
    numbers.insert(numbers.end(),
                   {s.begin_ns, s.data_ns, s.h2d_ns, s.forward_ns,
                    s.backward_ns, s.comm_ns, s.optimizer_ns, s.end_ns,
                    static_cast<int64_t>(s.buckets.size())});
    for (const auto& b : s.buckets)
      numbers.insert(numbers.end(), {b.ready_ns, b.start_ns, b.end_ns});
  }
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(int64_t)};
}

absl::StatusOr<std::vector<StepTiming>> DecodeTimings(
    const std::string& bytes) {
  std::vector<int64_t> numbers(bytes.size() / sizeof(int64_t));
  // With nothing to copy, data() may be null, which memcpy does not allow.
  if (!numbers.empty())
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(int64_t));
  std::vector<StepTiming> steps;
  for (size_t i = 0; i < numbers.size();) {
    const int64_t* n = &numbers[i];
    const size_t left = numbers.size() - i;
    if (left < 9 || n[8] < 0 || static_cast<uint64_t>(n[8]) > (left - 9) / 3)
      return absl::InternalError("a rank sent timings of another build");
    steps.push_back({n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], {}});
    for (int64_t b = 0; b < n[8]; ++b)
      steps.back().buckets.push_back(
          {n[9 + 3 * b], n[10 + 3 * b], n[11 + 3 * b]});
    i += 9 + 3 * n[8];
  }
  return steps;
}

}  // namespace lockstep
