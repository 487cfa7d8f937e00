// Traces as tables.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_TRACE_TABLE_H_
#define LOCKSTEP_ANALYSIS_REPORTED_TRACE_TABLE_H_

#include "analysis/reported/trace_summary.h"
#include "report/table.h"

namespace lockstep::analysis {

// A row a rank: idle, compute, non-compute, communication and its overlap.
Table TraceBreakdownTable(const TraceSummary& summary);

// A row a collective and size: count, time, bandwidths, start skew.
Table TraceCollectiveTable(const TraceSummary& summary);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_TRACE_TABLE_H_
