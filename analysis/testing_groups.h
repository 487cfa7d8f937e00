// Synthetic runs (testing_records.h) as the tables see them, for tests.

#ifndef LOCKSTEP_ANALYSIS_TESTING_GROUPS_H_
#define LOCKSTEP_ANALYSIS_TESTING_GROUPS_H_

#include <string>
#include <vector>

#include "analysis/run.h"
#include "analysis/run_group.h"
#include "analysis/testing_records.h"
#include "report/table.h"

namespace lockstep::analysis {

// The run in RecordsOf(run), at the path "<id>.rec".
Run RunOf(const SyntheticRun& run);

std::vector<Run> RunsOf(const std::vector<SyntheticRun>& runs);

std::vector<RunGroup> GroupsOf(const std::vector<SyntheticRun>& runs);

// A run of `world_size` ranks: SINGLE for one, DDP for more.
SyntheticRun Ranks(uint32_t world_size, uint32_t batch);

// The text of the cell in the column with this title; "no column" without one.
std::string CellAt(const Table& table, size_t row, const std::string& title);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TESTING_GROUPS_H_
