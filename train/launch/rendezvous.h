// How the ranks of a run find each other.
//
// Rank 0 serves a small key-value store (c10d::TCPStore). Where it listens is
//   given: MASTER_ADDR and MASTER_PORT, from torchrun or the user;
//   published: the system chooses the port and rank 0 publishes it in a file
//     that appears by one rename; the others poll for it. No port is guessed,
//     so runs cannot collide, and a file that a killed run left behind leads
//     nowhere and is replaced;
//   reserved: the first of the ports that Slurm keeps for the step, on the
//     step's first host; for clusters whose hosts share no folder.
//
// All keys of a run lie below a random number that rank 0 draws. Members learn
// it from the file or ask for it below the run's name (Slurm's job and step,
// torchrun's id), so ranks of another run, and programs that happen to connect,
// are not counted. It is no password: who can read the file or speaks c10d's
// protocol on a given port can join. Let only your own hosts reach the ports.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
#define LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_

#include <chrono>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "train/launch/launch.h"
#include "train/launch/meeting_place.h"
#include "train/launch/rank_place.h"

namespace lockstep {

struct RendezvousOptions {
  // "auto": given if it is, else published; "file": published; "ports":
  // reserved.
  std::string method = "auto";
  // Folder for the file; all hosts must see it.
  std::string directory;
  // The user named the folder for this run, so the file needs no name that no
  // other run has.
  bool directory_is_own = false;
  // Network interface to be reached on; "" = the first that is up.
  std::string interface;
  std::chrono::milliseconds timeout = std::chrono::minutes(2);
};

struct Meeting {
  // The run's own keys; rank 0 serves them as long as it holds the store.
  c10::intrusive_ptr<c10d::Store> store;
  std::string nonce;             // the same on all ranks, new for every run
  std::vector<RankPlace> ranks;  // by rank
};

// Returns when all ranks have come. DeadlineExceeded names the ranks that did
// not come in time and their hosts, or what a rank that did not reach rank 0
// waited for: the file, or host and port. FailedPrecondition: the port is
// taken, or there is no way to meet; AlreadyExists: two processes say they are
// the same rank; Unavailable: a rank was lost before all had come. Calls
// LookUpNamesLocally (meeting_place.h) where it serves.
absl::StatusOr<Meeting> Meet(const LaunchInfo& launch,
                             const RendezvousOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
