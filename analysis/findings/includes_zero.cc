#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "An interval that includes zero. A difference that its own spread cannot "
    "tell from nothing is an upper bound, not a value: print '<= x'. The small "
    "difference of two large times needs their spread most: T_1 +- 0.5 % moves "
    "10.012 - 19.704 / 2 = 0.160 s by +- 0.05 s. No bandwidth follows from a "
    "time that may be zero.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "comm_time_low_s,comm_time_high_s\n";

// Single runs of the same program differ by about this much.
constexpr double kNoise = 0.005;

Finding FindingOf(const ReportedRow& row, Severity severity,
                  const std::string& what, double high) {
  Finding finding;
  finding.severity = severity;
  finding.cells = {CellOf(row, "comm_time_s")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", what);
  finding.corrected = absl::StrCat("<= ", Short(high), " s");
  return finding;
}

void CheckInterval(const ReportedRow& row, std::vector<Finding>& findings) {
  if (!row.comm_time_s || !row.comm_time_low_s || !row.comm_time_high_s) return;
  if (row.comm_time_low_s->value > 0 || row.comm_time_s->value == 0) return;
  findings.push_back(FindingOf(
      row, Severity::kWarning,
      absl::StrCat(Short(*row.comm_time_s),
                   " s of communication cannot be told from none: its interval "
                   "begins at ",
                   Short(*row.comm_time_low_s)),
      row.comm_time_high_s->value));
}

// What 0.5 % of noise in both times does to their difference.
void CheckNoise(const ReportedTable& table, const ReportedRow& row,
                std::vector<Finding>& findings) {
  const std::optional<Quantity> overhead = ApparentOverhead(table, row);
  if (!overhead || row.comm_time_low_s || !row.comm_time_s ||
      !Agree(*row.comm_time_s, *overhead))
    return;
  const double total = EpochTimeOf(table, row)->value;
  const double ideal = total - overhead->value;
  const double noise = kNoise * (total + ideal);
  if (overhead->value - noise > 0) return;
  findings.push_back(FindingOf(
      row, Severity::kNote,
      absl::StrCat("0.5 % of noise in both times moves their difference of ",
                   Short(*overhead), " s by ", Short(noise),
                   " s: it cannot be told from none"),
      overhead->value + noise));
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    CheckInterval(row, findings);
    CheckNoise(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule IncludesZero() {
  return {"E17",
          "interval that includes zero",
          kText,
          absl::StrCat(kHeader, "example,2,512,10.012,0.130,-0.02,0.28\n"),
          absl::StrCat(kHeader, "example,2,512,10.012,0.130,0.110,0.150\n"),
          Find};
}

}  // namespace lockstep::analysis
