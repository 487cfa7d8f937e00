// A run of three real ranks that a test does harm to at a moment of its choice.
//
//   FaultyRun run(place, phase, "--step_timeout 3");
//   if (run.AwaitMoment()) { run.processes().Fault(1, SIGKILL); run.GoOn(); }

#ifndef LOCKSTEP_TRAIN_FAULTS_FAULTY_RUN_H_
#define LOCKSTEP_TRAIN_FAULTS_FAULTY_RUN_H_

#include <string>
#include <vector>

#include "train/faults/cells.h"
#include "train/testing_processes.h"

namespace lockstep {

struct FaultyPlace {
  std::string folder;      // of this run alone, absolute
  std::string output_dir;  // its --output_dir
  bool has_hosts = false;  // each rank has its own (hosts.h), else one loopback
};

// The flags of the undisturbed run, of those that are harmed, and of those that
// go on from their checkpoints.
std::string FaultyRunFlags();

class FaultyRun {
 public:
  // Starts the ranks, without the third at the rendezvous.
  FaultyRun(const FaultyPlace& place, const PhaseRow& phase,
            const std::string& more_flags);
  ~FaultyRun();

  // Until all who come to the phase's gate stand there, and the others have
  // ended if it is the last; false after kPatience.
  bool AwaitMoment();
  // Opens the gates.
  void GoOn();

  // The third rank, at the rendezvous; or rank `rank` a second time, to be the
  // last of processes(). `program` in place of train/ddp, its own flags.
  void Start(int rank, const std::string& program = "train/ddp",
             const std::string& more_flags = "");

  FaultControl& control(int rank) { return *controls_[rank]; }
  std::string address(int rank) const;
  Processes& processes() { return processes_; }

 private:
  void MapControl(int rank);
  std::string ControlPath(int rank) const;

  const FaultyPlace place_;
  const PhaseRow phase_;
  const std::string flags_;
  const RunPlace meeting_;
  std::vector<FaultControl*> controls_;
  Processes processes_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_FAULTY_RUN_H_
