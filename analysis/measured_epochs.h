// Which epochs of a run count in tables of times. docs/metrics.md has the rule.

#ifndef LOCKSTEP_ANALYSIS_MEASURED_EPOCHS_H_
#define LOCKSTEP_ANALYSIS_MEASURED_EPOCHS_H_

#include <cstdint>
#include <set>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// Images per rank and pass in `epoch`; a schedule may change it.
uint32_t BatchSizeOf(const Epoch& epoch, const Header& header);

// From header.measure_epoch on, whole, no warm-up, and with the header's batch:
// figures of two batches have no common name.
bool IsMeasured(const Epoch& epoch, const Header& header);

// Numbers of the measured epochs. `records` of one run, header first.
std::set<uint32_t> MeasuredEpochs(const std::vector<Record>& records);

// True for a recorded step that counts: of a measured epoch, and not the run's
// first one, which holds the set-up.
bool IsMeasured(const Step& step, const std::set<uint32_t>& measured_epochs);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_MEASURED_EPOCHS_H_
