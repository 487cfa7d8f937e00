// How every Lockstep program ends: exit codes and the one line it says.

#ifndef LOCKSTEP_TOOLS_CLI_EXIT_CODE_H_
#define LOCKSTEP_TOOLS_CLI_EXIT_CODE_H_

#include <string>

#include "absl/status/status.h"

namespace lockstep {

// The exit codes that documents, tests and batch scripts rely on.
enum ExitCode {
  kExitOk = 0,
  kExitFailed = 1,      // an operation that should work did not
  kExitUsage = 2,       // wrong usage or bad input; fix the command or the file
  kExitPeerFailed = 3,  // another rank of the run failed first
  kExitRendezvous = 4,  // not all ranks met in time
  kExitPreempted = 75,  // a signal asked for it; a checkpoint was written
};

// Maps a status to the code its program exits with. Codes that describe the
// user's input (InvalidArgument, NotFound, OutOfRange, DataLoss, AlreadyExists,
// PermissionDenied, FailedPrecondition, Unimplemented) are kExitUsage,
// Unavailable is kExitPeerFailed, DeadlineExceeded is kExitRendezvous,
// Cancelled is kExitPreempted, and every other failure is kExitFailed.
ExitCode ExitCodeFor(const absl::Status& status);

// "PROGRAM: error: MESSAGE" on one line. Messages quote files, so control
// characters become spaces, and what follows 4,000 characters is cut.
std::string ErrorLine(const std::string& program, const absl::Status& status);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_EXIT_CODE_H_
