// The flags of //analysis:tables that say what the tables hold.

#ifndef LOCKSTEP_ANALYSIS_TABLE_FLAGS_H_
#define LOCKSTEP_ANALYSIS_TABLE_FLAGS_H_

#include "absl/status/statusor.h"
#include "analysis/report.h"

namespace lockstep::analysis {

// InvalidArgument, before any work is done, names the flag and what it expects.
absl::StatusOr<ReportOptions> OptionsFromFlags();

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TABLE_FLAGS_H_
