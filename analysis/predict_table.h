// What steps and epochs would take on other numbers of ranks or another link.

#ifndef LOCKSTEP_ANALYSIS_PREDICT_TABLE_H_
#define LOCKSTEP_ANALYSIS_PREDICT_TABLE_H_

#include <cstdint>
#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

struct PredictOptions {
  std::vector<uint32_t> world_sizes;  // none: nothing is predicted
  double link_gb_per_s = 0;           // 0: the link that the runs had
};

// A row for each number of ranks and recorded batch (same batch per rank), and
// for each batch of one rank that the ranks can share (strong). What lacks a
// run is a note.
Table PredictionTable(const std::vector<RunGroup>& groups,
                      const PredictOptions& options);

// Leave-one-out: each recorded number of ranks predicted from the others,
// beside what was measured.
Table PredictionErrorTable(const std::vector<RunGroup>& groups);

// Both; neither without options.world_sizes.
std::vector<Table> PredictTables(const std::vector<RunGroup>& groups,
                                 const PredictOptions& options);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_PREDICT_TABLE_H_
