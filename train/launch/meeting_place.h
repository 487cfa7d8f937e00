// Where rank 0 can be met: an address, a port, and a random number that tells
// this run from all others. Sockets and text only, no torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_MEETING_PLACE_H_
#define LOCKSTEP_TRAIN_LAUNCH_MEETING_PLACE_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "train/launch/launch.h"

namespace lockstep {

struct MeetingPlace {
  std::string address;  // IPv4, or a name that resolves
  int port = 0;
  std::string nonce;
};

// 16 hexadecimal digits from the system's random numbers.
std::string RandomNonce();
bool IsNonce(absl::string_view text);

// One line, "ADDRESS PORT NONCE", and back; DataLoss if it is anything else.
std::string EncodeMeetingPlace(const MeetingPlace& place);
absl::StatusOr<MeetingPlace> DecodeMeetingPlace(absl::string_view text);

struct ListeningSocket {
  int fd = -1;  // the caller's
  int port = 0;
};

// Listens at `address` (IPv4; "" = all addresses of this host) on `port` (0 =
// the system chooses). FailedPrecondition when the port is taken.
absl::StatusOr<ListeningSocket> ListenAt(const std::string& address, int port);

// True if somebody accepts a connection there, is sent `hello` and answers with
// `reply` first of all, each within `timeout` (after the name has been
// resolved). With both empty: if somebody listens.
bool Answers(const std::string& address, int port, const std::string& hello,
             const std::string& reply, std::chrono::milliseconds timeout);

// From now on this process finds host names in /etc/hosts only, never in DNS.
// c10d's store server looks up the name of everybody who connects, on the one
// thread that serves: with a name server that lost packets, a stranger who
// connected 500 times stopped it for 20 s, and for 0.5 ms after this call.
void LookUpNamesLocally();

// The IPv4 address that other ranks reach this host by: loopback if all ranks
// are here, else that of `interface`, else of the first interface that is up.
// InvalidArgument if there is no such interface.
absl::StatusOr<std::string> ThisHostAddress(const LaunchInfo& launch,
                                            const std::string& interface);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_MEETING_PLACE_H_
