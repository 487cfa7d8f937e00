// Hosts of their own for the ranks of a test: network namespaces on one bridge,
// and private mounts. Gone when this process and those it started have ended.

#ifndef LOCKSTEP_TRAIN_FAULTS_HOSTS_H_
#define LOCKSTEP_TRAIN_FAULTS_HOSTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep {

// Moves this process, which must have one thread, into namespaces with `count`
// hosts. Unavailable: why this machine has none.
absl::Status MakeHosts(int count);

// For a command line: runs what follows on host `number`, keeping the pid.
std::string OnHost(int number);
std::string HostAddress(int number);  // of its eth0

// What a shell command prints; Internal with its words if it fails. It finds
// the system's programs whatever PATH is.
absl::StatusOr<std::string> ShellOutput(const std::string& command);
absl::Status RunShell(const std::string& command);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_HOSTS_H_
