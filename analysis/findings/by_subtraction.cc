#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Communication by subtraction. T_P - T_1 / P is not communication: it also "
    "holds rounding to whole steps, copies of buckets, the broadcast of "
    "buffers, contention of loaders, clocks and stragglers, and with overlap "
    "it "
    "lacks every transfer that is hidden. Call it apparent exposed overhead. "
    "It "
    "is the small difference of two large numbers: a slip or 0.5 % of noise in "
    "T_1 moves it by more than its own size, so the T_1 that is subtracted "
    "must "
    "be the T_1 of the table. Measured buckets, or a run without "
    "synchronisation (--twin no_sync), say what communication costs.";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s\n";
constexpr char kRows[] =
    "example,single,1,32,23.550,\nexample,single,1,128,18.311,\n"
    "example,single,1,512,19.704,\nexample,ddp,2,32,16.164,4.389\n"
    "example,ddp,2,128,9.849,0.694\n";

// Above it, a difference is no rounding of anything.
constexpr double kLargeShare = 0.10;

struct Subtraction {
  const ReportedRow* row;
  const ReportedRow* one;  // the row of one rank
  Quantity overhead;       // T_P - T_1 / P
  Quantity implied;        // the T_1 that gives the row's communication
  bool agrees;
};

// T_P - I_P T_1 / I_1: the same without what whole steps cost.
std::optional<Quantity> OverheadOfSteps(const ReportedTable& table,
                                        const ReportedRow& row) {
  const ReportedRow& one = *OneRank(table, row);
  if (!row.steps || !one.steps) return ApparentOverhead(table, row);
  return *EpochTimeOf(table, row) -
         1.0 * *row.steps / *one.steps * *one.epoch_time_s;
}

// Of each label.
std::map<std::string, std::vector<Subtraction>> Subtractions(
    const ReportedTable& table) {
  std::map<std::string, std::vector<Subtraction>> all;
  for (const ReportedRow& row : table.rows) {
    if (!row.comm_time_s) continue;
    const std::optional<Quantity> overhead = ApparentOverhead(table, row);
    if (!overhead) continue;
    const Quantity implied =
        1.0 * *row.world_size * (*EpochTimeOf(table, row) - *row.comm_time_s);
    all[row.label].push_back(
        {&row, OneRank(table, row), *overhead, implied,
         Agree(*row.comm_time_s, *overhead) ||
             Agree(*row.comm_time_s, *OverheadOfSteps(table, row))});
  }
  return all;
}

// True if two numbers of three decimals differ in one digit.
bool DifferInOneDigit(double a, double b) {
  const std::string x = absl::StrFormat("%.3f", a),
                    y = absl::StrFormat("%.3f", b);
  if (x.size() != y.size()) return false;
  int differences = 0;
  for (size_t i = 0; i < x.size(); ++i) differences += x[i] != y[i];
  return differences == 1;
}

bool IsSlip(const Subtraction& s) {
  const double apart = std::abs(s.row->comm_time_s->value - s.overhead.value);
  return apart > kLargeShare * std::abs(s.overhead.value) ||
         DifferInOneDigit(s.implied.value, s.one->epoch_time_s->value);
}

Finding SlipOf(const Subtraction& s) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(*s.row, "comm_time_s"),
                   CellOf(*s.one, "epoch_time_s")};
  finding.what = absl::StrCat(
      RanksAndBatch(*s.row), ": the other rows subtract T_1 / P, but ",
      Short(*s.row->comm_time_s),
      " s needs T_1 = ", absl::StrFormat("%.3f", s.implied.value),
      " s where the table has ",
      absl::StrFormat("%.3f", s.one->epoch_time_s->value), " s");
  finding.corrected = absl::StrCat(Short(s.overhead), " s");
  finding.formula = "T_P - T_1 / P";
  return finding;
}

Finding NameOf(const std::vector<Subtraction>& all) {
  Finding finding;
  finding.severity = Severity::kNote;
  for (const Subtraction& s : all)
    if (s.agrees) finding.cells.push_back(CellOf(*s.row, "comm_time_s"));
  finding.what = absl::StrCat("communication in ", finding.cells.size(),
                              " rows is T_P - T_1 / P: apparent exposed "
                              "overhead, with rounding, copies "
                              "and waiting in it and hidden transfers not");
  finding.formula = "T_P - T_1 / P";
  return finding;
}

// T_P - C_1 / P, with one rank's computation instead of its epoch.
bool SubtractsComputation(const Subtraction& s) {
  return !s.agrees && s.one->compute_time_s &&
         Agree(s.implied, *s.one->compute_time_s);
}

// Two rows of it are a method.
void CheckMixedBaselines(const std::vector<Subtraction>& all,
                         std::vector<Finding>& findings) {
  Finding finding;
  finding.severity = Severity::kWarning;
  for (const Subtraction& s : all)
    if (SubtractsComputation(s))
      finding.cells.push_back(CellOf(*s.row, "comm_time_s"));
  if (finding.cells.size() < 2) return;
  finding.what = absl::StrCat(
      "communication in ", finding.cells.size(),
      " rows is the epoch minus one rank's computation / P: the loading of "
      "data is in the one and not in the other");
  finding.corrected = "subtract T_1 / P, from the same kind of time";
  finding.formula = "T_P - T_1 / P";
  findings.push_back(finding);
}

void Check(const std::vector<Subtraction>& all,
           std::vector<Finding>& findings) {
  size_t agreeing = 0;
  for (const Subtraction& s : all) agreeing += s.agrees;
  if (agreeing == 0) return;
  // One row that agrees may be chance; most of them are a method.
  if (agreeing >= 2 && 2 * agreeing >= all.size())
    for (const Subtraction& s : all)
      if (!s.agrees && IsSlip(s)) findings.push_back(SlipOf(s));
  findings.push_back(NameOf(all));
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const ReportedTable& table : evidence.reported) {
    for (const auto& [label, all] : Subtractions(table)) {
      Check(all, findings);
      CheckMixedBaselines(all, findings);
    }
  }
  return findings;
}

}  // namespace

Rule BySubtraction() {
  return {"E2",
          "communication by subtraction",
          kText,
          absl::StrCat(kHeader, kRows, "example,ddp,2,512,10.012,0.130\n"),
          absl::StrCat(kHeader, kRows, "example,ddp,2,512,10.012,0.160\n"),
          Find};
}

}  // namespace lockstep::analysis
