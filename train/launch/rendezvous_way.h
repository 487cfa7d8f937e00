// Which way the ranks of a run find rank 0. No torch. Where it listens is
//   given: MASTER_ADDR and MASTER_PORT, from torchrun or the user;
//   published: the system chooses the port and rank 0 publishes it in a file
//     that appears by one rename; the others poll for it. No port is guessed,
//     so runs cannot collide, and a file that a killed run left behind leads
//     nowhere and is replaced;
//   reserved: the first of the ports that Slurm keeps for the step, on the
//     step's first host; for clusters whose hosts share no folder.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_WAY_H_
#define LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_WAY_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "train/launch/launch_info.h"

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
  // What this program was made from, a word; all ranks must say the same.
  std::string build;
};

struct RendezvousWay {
  enum Kind { kGiven, kPublished, kReserved };
  Kind kind = kPublished;
  // Where rank 0 listens; kPublished: "" and 0 until it has said so.
  std::string address;
  int port = 0;
  // kPublished: the file, and the folder to make for it; "" = the file's path
  // is whole, and its folder there.
  std::string path, folder;
};

// The same on all ranks of a run. FailedPrecondition: there is no way to meet,
// with what to set; InvalidArgument: there is no such method.
absl::StatusOr<RendezvousWay> ChooseWay(const LaunchInfo& launch,
                                        const RendezvousOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RENDEZVOUS_WAY_H_
