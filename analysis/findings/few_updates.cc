#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Equal epochs are not equal updates. A global batch of 8192 makes 7 "
    "updates "
    "an epoch, 35 in five; a batch of 128 makes 1,955. The lower accuracy "
    "mostly "
    "says that the net was hardly trained, and with a warm-up of 3 to 5 epochs "
    "all of it was warm-up. Compare at equal epochs and at equal updates and "
    "by "
    "time to a target, with the learning rate tuned for each; count warm-up in "
    "updates.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch,accuracy\n";
constexpr char kSmallBatch[] = "example,1,128,5,.849\n";

constexpr double kLower = 0.02;    // of accuracy: what reports call the same
constexpr double kHigher = 1.25;   // of a loss
constexpr uint64_t kFewer = 2;     // times fewer updates
constexpr uint64_t kHardly = 391;  // one epoch of CIFAR-10 in batches of 128

// Without a number of epochs, those of one: rows are compared at equal epochs.
std::optional<uint64_t> UpdatesOf(const ReportedRow& row) {
  if (row.updates) return row.updates;
  if (!row.steps) return std::nullopt;
  return *row.steps * row.epoch.value_or(1);
}

bool IsComparable(const ReportedRow& a, const ReportedRow& b) {
  return a.label == b.label && a.model == b.model && a.epoch == b.epoch &&
         a.updates.has_value() == b.updates.has_value();
}

// The comparable row that made the most updates.
const ReportedRow* MostUpdates(const ReportedTable& table,
                               const ReportedRow& row) {
  const ReportedRow* most = nullptr;
  for (const ReportedRow& other : table.rows)
    if (IsComparable(other, row) &&
        other.accuracy.has_value() == row.accuracy.has_value() &&
        (other.accuracy || other.loss) && UpdatesOf(other) &&
        (most == nullptr || *UpdatesOf(other) > *UpdatesOf(*most)))
      most = &other;
  return most;
}

// Whether the row learned clearly less than the other.
bool IsWorse(const ReportedRow& row, const ReportedRow& other) {
  if (row.accuracy && other.accuracy)
    return other.accuracy->value - row.accuracy->value > kLower;
  return row.loss && other.loss &&
         row.loss->value > kHigher * other.loss->value;
}

std::string Learned(const ReportedRow& row) {
  const std::string what =
      row.accuracy ? absl::StrFormat("%.1f %%", 100 * row.accuracy->value)
                   : absl::StrCat("a loss of ", Short(*row.loss));
  return absl::StrCat(what, " after ", *UpdatesOf(row), " updates",
                      row.updates || row.epoch ? "" : " an epoch");
}

Finding Compared(const ReportedRow& row, const ReportedRow& other) {
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.cells = {CellOf(row, row.accuracy ? "accuracy" : "loss")};
  finding.what = absl::StrFormat(
      "%s: %s against %s (%s): equal epochs, %.0f times fewer updates",
      RanksAndBatch(row), Learned(row), Learned(other), RanksAndBatch(other),
      1.0 * *UpdatesOf(other) / *UpdatesOf(row));
  finding.corrected = "compare at equal updates and by time to a target";
  finding.formula = "updates = epochs x I";
  return finding;
}

Finding Alone(const ReportedRow& row) {
  Finding finding;
  finding.severity = Severity::kNote;
  finding.cells = {CellOf(row, row.accuracy ? "accuracy" : "loss")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", *UpdatesOf(row), " updates in ",
                   *row.epoch, " epochs, where a batch of 128 makes ",
                   *row.epoch * *row.train_images / 128,
                   ": too few to judge what the batch costs in accuracy");
  finding.formula = "updates = epochs x I";
  return finding;
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const ReportedRow* const other = MostUpdates(table, row);
  if (other != nullptr && *UpdatesOf(*other) >= kFewer * *UpdatesOf(row) &&
      IsWorse(row, *other))
    findings.push_back(Compared(row, *other));
  else if (*UpdatesOf(row) < kHardly && row.epoch > 1u)
    findings.push_back(Alone(row));
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if ((row.accuracy || row.loss) && UpdatesOf(row).value_or(0) > 0)
      Check(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule FewUpdates() {
  return {"E9",
          "equal epochs are not equal updates",
          kText,
          absl::StrCat(kHeader, kSmallBatch, "example,4,2048,5,.739\n"),
          absl::StrCat(kHeader, kSmallBatch, "example,4,2048,280,.849\n"),
          Find};
}

}  // namespace lockstep::analysis
