// Where the time of a trace goes, and how fast its collectives were.
// Definitions: docs/metrics.md, "Traces".

#ifndef LOCKSTEP_ANALYSIS_REPORTED_TRACE_SUMMARY_H_
#define LOCKSTEP_ANALYSIS_REPORTED_TRACE_SUMMARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/reported/trace_reader.h"

namespace lockstep::analysis {

// HTA's temporal breakdown of one rank, in seconds: idle + compute +
// non_compute = total. Communication that a computation hides counts as compute
// there.
struct RankBreakdown {
  uint32_t rank = 0;
  double total_s = 0;    // from the first kernel's start to the last one's end
  double idle_s = 0;     // no kernel runs
  double compute_s = 0;  // a computation runs
  double non_compute_s = 0;  // only communication or memory traffic
  double comm_s = 0;         // union of the collectives
  double overlap_s = 0;      // of comm_s while a computation runs

  double Exposed() const { return comm_s - overlap_s; }
};

// All collectives of one name and size.
struct TraceCollective {
  std::string name;
  uint64_t bytes = 0;   // 0: the trace does not say
  uint64_t count = 0;   // on each rank
  double total_s = 0;   // of the rank that spent least in them
  double median_s = 0;  // of the minimum over ranks of the same collective
  double algbw_gb_per_s = 0;  // bytes / median; 0 without bytes
  double busbw_gb_per_s = 0;
  // Median of the last start minus the first one over ranks; 0 for one rank.
  double start_skew_s = 0;
};

struct TraceSummary {
  uint32_t world_size = 0;  // of the run; the ranks that were read if unsaid
  std::vector<RankBreakdown> ranks;          // by rank
  std::vector<TraceCollective> collectives;  // by name, then size
  std::vector<std::string> notes;
};

TraceSummary Summarize(const Trace& trace);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_TRACE_SUMMARY_H_
