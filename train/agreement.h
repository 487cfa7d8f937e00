// One verdict of all ranks on their inputs.

#ifndef LOCKSTEP_TRAIN_AGREEMENT_H_
#define LOCKSTEP_TRAIN_AGREEMENT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "train/comm/communicator.h"

namespace lockstep {

// Collective. OK on every rank if `mine` is OK on every rank and all have the
// same number of training images. Otherwise every rank gets the code of the
// first rank that is not, so that all exit alike, but only that rank gets a
// message: one mistake is one line.
absl::Status AgreeOnInputs(Communicator& comm, const absl::Status& mine,
                           int64_t train_images);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_AGREEMENT_H_
