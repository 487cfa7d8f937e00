#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "What was timed. The first epoch holds the choice of algorithms, the "
    "growth "
    "of the allocator, the making of connections and a step with one bucket "
    "for "
    "everything; it is warm-up and not a measurement, and a table that takes "
    "it "
    "in some rows and a later one in others compares two things. At least 20 "
    "steps after the warm-up, at least 3 repeats, a step as long as its "
    "slowest "
    "rank, evaluation left out.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch,epoch_time_s\n";

constexpr size_t kEnoughSteps = 20;

struct EpochsOfLabel {
  const ReportedRow* first = nullptr;  // a row that was timed in epoch 1
  bool has_later = false;
};

// A row of the first epoch that no later epoch of the same run replaces.
bool IsOnlyEpoch(const ReportedTable& table, const ReportedRow& row) {
  for (const ReportedRow& other : table.rows)
    if (other.label == row.label && other.world_size == row.world_size &&
        other.batch_size_per_rank == row.batch_size_per_rank &&
        other.epoch_time_s && other.epoch > row.epoch)
      return false;
  return true;
}

// If all rows say 1, they may count from 0.
Finding FirstEpoch(const ReportedRow& row, bool others_are_later) {
  Finding finding;
  finding.severity = others_are_later ? Severity::kWarning : Severity::kNote;
  finding.cells = {CellOf(row, "epoch_time_s"), CellOf(row, "epoch")};
  finding.what = absl::StrCat(
      RanksAndBatch(row), ": its time is of the first epoch, which is warm-up",
      others_are_later ? "; other rows have a later one"
                       : ", unless the table counts from 0");
  finding.corrected = others_are_later ? "time the same later epoch in all rows"
                                       : "time a later epoch";
  return finding;
}

void CheckTable(const ReportedTable& table, std::vector<Finding>& findings) {
  std::map<std::string, EpochsOfLabel> labels;
  for (const ReportedRow& row : table.rows) {
    if (!row.epoch_time_s || !row.epoch) continue;
    EpochsOfLabel& epochs = labels[row.label];
    epochs.has_later |= *row.epoch > 1;
    if (*row.epoch == 1 && IsOnlyEpoch(table, row)) epochs.first = &row;
  }
  for (const auto& [label, epochs] : labels)
    if (epochs.first != nullptr)
      findings.push_back(FirstEpoch(*epochs.first, epochs.has_later));
}

void CheckGroup(const RunGroup& group, std::vector<Finding>& findings) {
  const size_t steps = group.runs[0].measurement.step_s.size();
  if (!HasParts(group) || steps >= kEnoughSteps) return;
  Finding finding;
  finding.severity = Severity::kNote;
  finding.cells = {{absl::StrCat("#", group.number), "step"}};
  finding.what = absl::StrCat("#", group.number, ": ", steps,
                              " steps were measured; at least ", kEnoughSteps,
                              " tell a median from chance");
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const ReportedTable& table : evidence.reported)
    CheckTable(table, findings);
  for (const RunGroup& group : evidence.groups) CheckGroup(group, findings);
  return findings;
}

}  // namespace

Rule TimingHygiene() {
  return {"E10",
          "what was timed",
          kText,
          absl::StrCat(kHeader, "example,1,128,2,18.311\n",
                       "example,4,128,1,6.1\n"),
          absl::StrCat(kHeader, "example,1,128,2,18.311\n",
                       "example,4,128,2,5.023\n"),
          Find};
}

}  // namespace lockstep::analysis
