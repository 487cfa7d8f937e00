// One recorded step that stands for the others: what a timeline draws.

#ifndef LOCKSTEP_ANALYSIS_REPRESENTATIVE_STEP_H_
#define LOCKSTEP_ANALYSIS_REPRESENTATIVE_STEP_H_

#include <optional>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// Of the measured steps (measured_epochs.h) that were recorded, the one whose
// maximum over ranks of the time is the median; nothing without one. `records`
// of one run, header first.
std::optional<Step> RepresentativeStep(const std::vector<Record>& records);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPRESENTATIVE_STEP_H_
