// How the ranks of a run find each other.
//
// Rank 0 serves a small key-value store (c10d::TCPStore); rendezvous_way.h says
// where it listens.
//
// All keys of a run lie below a random number that rank 0 draws. Members learn
// it from the file or ask for it below the run's name (Slurm's job and step,
// torchrun's id), so ranks of another run, and programs that happen to connect,
// are not counted. It is no password: who can read the file or speaks c10d's
// protocol on a given port can join. Let only your own hosts reach the ports.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
#define LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_

#include <c10/util/intrusive_ptr.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/launch/launch.h"
#include "train/launch/meeting_place.h"
#include "train/launch/rank_place.h"
#include "train/launch/rendezvous_way.h"

namespace c10d {
class Store;
}

namespace lockstep {

struct Meeting {
  // The run's own keys; rank 0 serves them as long as it holds the store.
  c10::intrusive_ptr<c10d::Store> store;
  std::string nonce;             // the same on all ranks, new for every run
  std::vector<RankPlace> ranks;  // by rank
};

// Returns when all ranks have come. DeadlineExceeded names the ranks that did
// not come in time and their hosts, or what a rank that did not reach rank 0
// waited for: the file, or host and port. FailedPrecondition: the port is
// taken, there is no way to meet, or a rank is of another build; AlreadyExists:
// two processes say they are the same rank; Unavailable: a rank was lost before
// all had come. Calls LookUpNamesLocally (meeting_place.h) where it serves.
absl::StatusOr<Meeting> Meet(const LaunchInfo& launch,
                             const RendezvousOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_H_
