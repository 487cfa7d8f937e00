// From the paths on the command line to runs.

#ifndef LOCKSTEP_ANALYSIS_READ_H_
#define LOCKSTEP_ANALYSIS_READ_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/reported/nccl_tests.h"
#include "analysis/reported/reported_table.h"
#include "analysis/reported/trace_reader.h"
#include "analysis/run.h"

namespace lockstep::analysis {

struct RunsRead {
  std::vector<Run> runs;                // in the order of their paths
  std::vector<ReportedTable> reported;  // likewise, with what was assumed
  std::vector<Trace> traces;            // likewise, of profilers and our own
  std::vector<CollectiveTable> collectives;  // likewise, of nccl-tests
  std::vector<std::string> warnings;  // one line each: file, offset, damage
};

// Reads each file in `paths`, record, reported table, log, trace or result of
// nccl-tests (told by content), and every *.rec below the folders among them,
// one at a time; a file that is named twice is read once. What a table reports
// are runs, too. NotFound or InvalidArgument name a path that does not exist, a
// file that is not a record, or say that there is none. A damaged tail is a
// warning; what stands before it is used. A second copy of a run is left out.
absl::StatusOr<RunsRead> ReadRuns(const std::vector<std::string>& paths);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_READ_H_
