// Runs one program and waits for it; a signal to this process stops it. No
// torch.

#ifndef LOCKSTEP_TRAIN_SWEEP_CHILD_H_
#define LOCKSTEP_TRAIN_SWEEP_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep {

struct Child {
  std::vector<std::string> argv;  // the program is looked up in PATH
  std::string log;                // gets standard output and error
  // Private memory (RLIMIT_DATA) that it and each process it starts may take;
  // more fails like any allocation that does not fit. 0 = no limit.
  uint64_t memory_limit_bytes = 0;
  // Asks it to end; called once when this process is asked to stop.
  std::function<void(pid_t)> stop;
};

struct ChildEnd {
  int code = 0;          // 128 + the signal that ended it
  int signal = 0;        // 0 = it exited
  bool stopped = false;  // this process was asked to stop meanwhile
  double seconds = 0;
};

// Makes SIGINT, SIGTERM and SIGUSR1 requests to stop
// (train/launch/stop_signal.h). The child has a process group of its own, so
// that a terminal's Ctrl-C reaches it by Child::stop only.
void CatchSweepSignals();

// Internal if it cannot be started. A child that goes on for 30 s after it was
// asked to end is killed with its process group. It dies with this process.
absl::StatusOr<ChildEnd> RunChild(const Child& child);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SWEEP_CHILD_H_
