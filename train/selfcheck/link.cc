#include "train/selfcheck/link.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// Larger messages have more bandwidth until it levels off; caches take some of
// it back (a quarter on loopback), so only a fall below this share is odd.
constexpr double kOddShare = 0.5;

Check JudgeSums(const std::vector<BaselineRow>& rows) {
  const absl::Status status = CheckBaseline(rows);
  const BaselineRow& largest = rows.back();
  Check check = {CheckOutcome::kPass, "link",
                 absl::StrFormat("busbw_gb_per_s=%.3f at %d bytes | "
                                 "latency_us=%.1f at %d bytes | sums are exact",
                                 largest.busbw_gb_per_s, largest.bytes,
                                 rows[0].time_median_us, rows[0].bytes),
                 BaselineText(rows)};
  if (status.ok()) return check;
  check.outcome = CheckOutcome::kFail;
  check.text = std::string(status.message());
  return check;
}

Check NoteUtilization(const BaselineRow& row, double peak_gb_per_s) {
  const double percent = 100 * row.busbw_gb_per_s / peak_gb_per_s;
  return {CheckOutcome::kNote, "utilisation",
          absl::StrFormat("%.1f %% of the declared %.3f GB/s%s", percent,
                          peak_gb_per_s,
                          percent > 100 ? ": the peak is higher than declared; "
                                          "correct --link_peak_gbps"
                                        : ""),
          ""};
}

}  // namespace

std::vector<Check> JudgeLink(const std::vector<BaselineRow>& rows,
                             double peak_gb_per_s) {
  std::vector<Check> checks = {JudgeSums(rows)};
  if (peak_gb_per_s > 0)
    checks.push_back(NoteUtilization(rows.back(), peak_gb_per_s));
  for (size_t i = 1; i < rows.size(); ++i) {
    const double before = rows[i - 1].algbw_gb_per_s,
                 here = rows[i].algbw_gb_per_s;
    if (here >= kOddShare * before) continue;
    checks.push_back(
        {CheckOutcome::kNote, "slow size",
         absl::StrFormat("%d bytes go at %.3f GB/s, %d bytes at %.3f; repeat "
                         "on idle hosts, then try another --bucket_cap_mb",
                         rows[i].bytes, here, rows[i - 1].bytes, before),
         ""});
  }
  return checks;
}

}  // namespace lockstep
