// docs/reliability.md: what is promised, and the matrix as it last ran.

#ifndef LOCKSTEP_TRAIN_FAULTS_DOCUMENT_H_
#define LOCKSTEP_TRAIN_FAULTS_DOCUMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "train/faults/cells.h"

namespace lockstep {

// By fault and phase, as Faults() and Phases() list them; nothing where the
// cell did not run.
using CellSeconds = std::vector<std::vector<std::optional<double>>>;

// The whole document. `where` is a sentence on the run that measured.
std::string ReliabilityDocument(const CellSeconds& seconds,
                                const std::string& where);

// What of a document is the same for every run: without seconds and where.
std::string WithoutMeasurements(const std::string& document);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_DOCUMENT_H_
