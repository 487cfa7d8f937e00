// One verdict of all ranks on their inputs.

#ifndef LOCKSTEP_TRAIN_AGREEMENT_H_
#define LOCKSTEP_TRAIN_AGREEMENT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "train/comm/communicator.h"

namespace lockstep {

// What must be the same on all ranks.
struct InputFacts {
  int64_t train_images = 0;
  std::map<std::string, std::string> flags;
};

// Collective. OK on every rank if `mine` is OK on every rank and all have the
// same facts (flags that may differ are listed in the .cc). Otherwise every
// rank gets the code of the first rank that is not, so that all exit alike, but
// only that rank gets a message: one mistake is one line.
absl::Status AgreeOnInputs(Communicator& comm, const absl::Status& mine,
                           const InputFacts& facts);

// Collective. `mine` where it is not OK, OK if it is OK everywhere. Elsewhere
// the same code without words for bad input, which ends all ranks alike;
// Unavailable for any other failure, whose cause that rank will tell.
absl::Status AgreeOnStatus(Communicator& comm, const absl::Status& mine);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_AGREEMENT_H_
