#include "analysis/testing_groups.h"

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {

Run RunOf(const SyntheticRun& run) {
  return RunOfRecords(RecordsOf(run), run.id + ".rec").value();
}

std::vector<Run> RunsOf(const std::vector<SyntheticRun>& runs) {
  std::vector<Run> result;
  for (const SyntheticRun& run : runs) result.push_back(RunOf(run));
  return result;
}

std::vector<RunGroup> GroupsOf(const std::vector<SyntheticRun>& runs) {
  return GroupRuns(RunsOf(runs));
}

SyntheticRun Ranks(uint32_t world_size, uint32_t batch) {
  SyntheticRun run;
  run.id = absl::StrCat("p", world_size, "b", batch);
  run.mechanism = world_size == 1 ? SINGLE : DDP;
  run.world_size = world_size;
  run.batch = batch;
  return run;
}

std::string CellAt(const Table& table, size_t row, const std::string& title) {
  for (size_t i = 0; i < table.columns.size(); ++i)
    if (ColumnTitle(table.columns[i]) == title)
      return CellText(table.rows.at(row)[i]);
  return "no column";
}

}  // namespace lockstep::analysis
