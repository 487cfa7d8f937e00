// Reported rows with what their own numbers give, beside what was printed.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_VIEW_H_
#define LOCKSTEP_ANALYSIS_REPORTED_VIEW_H_

#include "analysis/findings/finding.h"
#include "report/table.h"

namespace lockstep::analysis {

// Time of communication and bandwidth: rows that print either, and those with
// several ranks whose overhead against one rank is known. Columns with the
// names of a reported CSV (reported/reported_table.h) are as printed.
Table ReportedBandwidthTable(const Evidence& evidence);

// Speedups and efficiencies as printed, and those of the row's own times.
Table ReportedSpeedupTable(const Evidence& evidence);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_VIEW_H_
