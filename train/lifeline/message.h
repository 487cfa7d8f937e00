// What ranks say on their lifelines, and its bytes.
//
// A frame is a length (4 bytes, little endian, of what follows), magic, version
// and type (4 bytes), the numbers of Message in their order and its strings,
// each after its length (2 bytes). Every message has the same fields; unused
// ones are zero. Frames are at most kMaxFrame bytes and whatever else comes in
// is refused, so a peer can make a reader hold 4 KiB and no more.

#ifndef LOCKSTEP_TRAIN_LIFELINE_MESSAGE_H_
#define LOCKSTEP_TRAIN_LIFELINE_MESSAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "train/lifeline/verdict.h"

namespace lockstep {

struct Message {
  enum Type : uint8_t {
    kHello = 1,  // first from a rank: who, text = nonce
    kWelcome,    // the answer: who = rank 0
    kRefused,    // or this: text = why; then the connection ends
    kHeartbeat,  // both ways; from a rank with progress
    kFailure,    // of this rank's own: progress, text
    kVictim,     // a failure that a peer's failure explains: progress, text
    kVerdict,    // both ways: who.rank = whose failure, text = cause
    kStop,       // both ways: text = reason
    kPing,       // sent_ns, on the sender's clock
    kPong,       // sent_ns of the ping, server_ns on rank 0's clock
    kGoodbye,    // both ways, and answered: closing is no failure from here on
  };
  Type type = kHeartbeat;
  RankIdentity who;
  RankProgress progress;
  int64_t sent_ns = 0, server_ns = 0;
  std::string text;
};

// Of a frame without its length. Fits every string below its limit.
inline constexpr size_t kMaxFrame = 4096;
inline constexpr size_t kMaxHost = 255, kMaxPhase = 64, kMaxText = 2048;

// The frame with its length. Strings over their limits are cut, and control
// characters become blanks: they end on users' terminals.
std::string Encode(const Message& message);

// Takes bytes as they come and gives messages. Not for several threads.
class MessageReader {
 public:
  // Appends the messages that are complete now. InvalidArgument says what is
  // wrong with the bytes; the reader is useless after it.
  absl::Status Read(absl::string_view bytes, std::vector<Message>* messages);

 private:
  std::string buffer_;  // less than one frame between calls
};

// Equality in a time that tells nothing about where they differ.
bool SameSecret(absl::string_view a, absl::string_view b);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_MESSAGE_H_
