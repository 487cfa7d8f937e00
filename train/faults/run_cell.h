// Runs a cell of the fault matrix and judges what came of it.

#ifndef LOCKSTEP_TRAIN_FAULTS_RUN_CELL_H_
#define LOCKSTEP_TRAIN_FAULTS_RUN_CELL_H_

#include <string>
#include <vector>

#include "train/faults/cells.h"
#include "train/faults/faulty_run.h"

namespace lockstep {

struct CellResult {
  std::vector<std::string> problems;  // none: all is as expected
  // From the fault to the end of the last rank that was not stopped.
  double seconds = 0;
  std::string line;  // a survivor's last words, or what was done
};

// `checksum`: of the undisturbed run.
CellResult RunCell(const FaultRow& fault, const PhaseRow& phase,
                   const FaultyPlace& place, const std::string& checksum);

// Runs it undisturbed; "" if that fails.
std::string UndisturbedChecksum(const FaultyPlace& place);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_RUN_CELL_H_
