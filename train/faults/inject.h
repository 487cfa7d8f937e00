// Does what a row of the fault matrix says to a run that stands at its moment.

#ifndef LOCKSTEP_TRAIN_FAULTS_INJECT_H_
#define LOCKSTEP_TRAIN_FAULTS_INJECT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/faults/faulty_run.h"
#include "train/faults/strangers.h"

namespace lockstep {

// What goes on while the run does; undone with it.
struct Harm {
  ~Harm();
  std::unique_ptr<Strangers> strangers;
  std::string undo;  // a shell command
  std::string done;  // what was done, where that is counted
};

// Errors are this test's own, no fault's effects.
absl::Status Inject(const FaultRow& fault, const PhaseRow& phase,
                    const FaultyPlace& place, int victim, FaultyRun& run,
                    Harm& harm);

// Packets that the hosts have dropped.
int64_t LostPackets();

// A program that is train/ddp of another git revision, in `folder`.
absl::StatusOr<std::string> MakeOtherBuild(const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_INJECT_H_
