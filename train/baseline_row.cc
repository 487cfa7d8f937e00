#include "train/baseline_row.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// nccl-tests begins here too.
constexpr int64_t kLatencyBytes = 8;

// Two decimals in at most `width` places, fewer for large numbers.
std::string Fitted(double value, int width) {
  for (int decimals = 2; decimals > 0; --decimals) {
    const std::string text = absl::StrFormat("%*.*f", width, decimals, value);
    if (text.size() <= static_cast<size_t>(width)) return text;
  }
  return absl::StrFormat("%*.0f", width, value);
}

std::string Line(const BaselineRow& row) {
  return absl::StrFormat(
      "%12d  %12d  %8s  %6s  %6d  %7s  %6s  %6s  %6d\n", row.bytes,
      row.elements, row.type, "sum", -1, Fitted(row.time_median_us, 7),
      Fitted(row.algbw_gb_per_s, 6), Fitted(row.busbw_gb_per_s, 6), row.wrong);
}

}  // namespace

void SummarizeTimes(int world_size, BaselineRow& row) {
  std::vector<double> sorted = row.times_us;
  std::sort(sorted.begin(), sorted.end());
  const size_t n = sorted.size();
  row.time_median_us = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  row.time_min_us = sorted.front();
  row.time_max_us = sorted.back();
  // Bytes per microsecond are MB/s; a clock that stood still gives none.
  row.algbw_gb_per_s =
      row.time_median_us > 0 ? row.bytes / row.time_median_us / 1e3 : 0;
  row.busbw_gb_per_s = row.algbw_gb_per_s * 2 * (world_size - 1) / world_size;
}

std::vector<int64_t> BaselineSizes(const std::vector<PlannedBucket>& plan) {
  std::set<int64_t> sizes = {kLatencyBytes};
  int64_t all = 0;
  for (const PlannedBucket& bucket : plan) {
    sizes.insert(bucket.bytes);
    all += bucket.bytes;
  }
  if (all > 0) sizes.insert(all);
  return {sizes.begin(), sizes.end()};
}

std::string BaselineText(const std::vector<BaselineRow>& rows) {
  std::string text = absl::StrFormat(
      "# %10s  %12s  %8s  %6s  %6s           in-place\n"
      "# %10s  %12s  %8s  %6s  %6s  %7s  %6s  %6s  %6s\n"
      "# %10s  %12s  %8s  %6s  %6s  %7s  %6s  %6s\n",
      "", "", "", "", "", "size", "count", "type", "redop", "root", "time",
      "algbw", "busbw", "#wrong", "(B)", "(elements)", "", "", "", "(us)",
      "(GB/s)", "(GB/s)");
  double busbw = 0;
  int64_t wrong = 0;
  for (const BaselineRow& row : rows) {
    text += Line(row);
    busbw += row.busbw_gb_per_s / rows.size();
    wrong += row.wrong;
  }
  absl::StrAppendFormat(&text, "# Out of bounds values : %d %s\n", wrong,
                        wrong == 0 ? "OK" : "FAILED");
  absl::StrAppendFormat(&text, "# Avg bus bandwidth    : %g\n", busbw);
  return text;
}

absl::Status CheckBaseline(const std::vector<BaselineRow>& rows) {
  for (const BaselineRow& row : rows)
    if (row.wrong > 0)
      return absl::InternalError(absl::StrCat(
          "all-reduce of ", row.bytes, " bytes gave ", row.wrong,
          " wrong elements; check memory and network before you train"));
  return absl::OkStatus();
}

}  // namespace lockstep
