// How the ranks of a run find each other.
//
// Rank 0 serves a small key-value store (c10d::TCPStore). Where it listens is
// either given (torchrun's MASTER_ADDR and MASTER_PORT) or chosen by the system
// (port 0) and published in a file that appears by one rename and carries a
// random nonce; the others poll for it. No port is guessed, so runs cannot
// collide, and a file that a killed run left behind leads nowhere and is
// replaced.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
#define LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_

#include <chrono>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "absl/status/statusor.h"
#include "train/launch/launch.h"

namespace lockstep {

struct RendezvousOptions {
  // Folder for a Slurm step's file; all hosts must see it.
  std::string directory;
  // Network interface to be reached on; "" = the first that is up.
  std::string interface;
  std::chrono::milliseconds timeout = std::chrono::minutes(2);
};

// Returns when all ranks have come. DeadlineExceeded names the ranks that did
// not come in time (rank 0) or the file that did not appear (the others).
absl::StatusOr<c10::intrusive_ptr<c10d::Store>> Meet(
    const LaunchInfo& launch, const RendezvousOptions& options);

// The IPv4 address that other ranks reach this host by: loopback if all ranks
// are here, else that of `interface`, else of the first interface that is up.
// InvalidArgument if there is no such interface.
absl::StatusOr<std::string> ThisHostAddress(const LaunchInfo& launch,
                                            const std::string& interface);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
