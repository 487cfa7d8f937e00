#include "train/selfcheck/clocks.h"

#include <cmath>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace lockstep {
namespace {

int64_t DriftOf(const ClockReadings& r) {
  return r.last.offset_ns - r.first.offset_ns;
}

// Of the drift: both offsets may be off.
int64_t ErrorOf(const ClockReadings& r) {
  return r.first.error_ns + r.last.error_ns;
}

std::string TableOf(const std::vector<ClockReadings>& ranks) {
  std::string table =
      absl::StrFormat("# %4s  %18s  %10s  %20s  %8s\n", "rank", "offset (us)",
                      "error (us)", "drift (us)", "over (s)");
  for (size_t r = 0; r < ranks.size(); ++r)
    absl::StrAppendFormat(
        &table, "# %4d  %18.1f  %10.1f  %9.1f +- %7.1f  %8.1f\n", r,
        ranks[r].last.offset_ns * 1e-3, ranks[r].last.error_ns * 1e-3,
        DriftOf(ranks[r]) * 1e-3, ErrorOf(ranks[r]) * 1e-3,
        ranks[r].apart_ns * 1e-9);
  return table;
}

}  // namespace

std::string EncodeClockReadings(const ClockReadings& r) {
  return absl::StrCat(r.first.offset_ns, " ", r.first.error_ns, " ",
                      r.last.offset_ns, " ", r.last.error_ns, " ", r.apart_ns,
                      " ", r.problem);
}

absl::StatusOr<ClockReadings> DecodeClockReadings(const std::string& text) {
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::MaxSplits(' ', 5));
  ClockReadings r;
  if (words.size() != 6 || !absl::SimpleAtoi(words[0], &r.first.offset_ns) ||
      !absl::SimpleAtoi(words[1], &r.first.error_ns) ||
      !absl::SimpleAtoi(words[2], &r.last.offset_ns) ||
      !absl::SimpleAtoi(words[3], &r.last.error_ns) ||
      !absl::SimpleAtoi(words[4], &r.apart_ns))
    return absl::DataLossError("a rank read its clock as another build would");
  r.problem = words[5];
  return r;
}

Check JudgeClocks(const std::vector<ClockReadings>& ranks) {
  std::vector<std::string> problems;
  int64_t error = 0;
  size_t drifted = 0;
  for (size_t r = 0; r < ranks.size(); ++r) {
    problems.push_back(ranks[r].problem);
    error = std::max(error, ranks[r].last.error_ns);
    if (std::abs(DriftOf(ranks[r])) > std::abs(DriftOf(ranks[drifted])))
      drifted = r;
  }
  const ClockReadings& most = ranks[drifted];
  Check check = CombineRanks(
      "clocks",
      absl::StrFormat("largest error %.1f us | largest drift %.1f +- %.1f us "
                      "in %.1f s (rank %d)",
                      error * 1e-3, std::abs(DriftOf(most)) * 1e-3,
                      ErrorOf(most) * 1e-3, most.apart_ns * 1e-9, drifted),
      problems);
  if (check.outcome == CheckOutcome::kPass) check.table = TableOf(ranks);
  return check;
}

}  // namespace lockstep
