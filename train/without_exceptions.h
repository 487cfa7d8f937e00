// Between torch, which throws, and everything above it, which does not.

#ifndef LOCKSTEP_TRAIN_WITHOUT_EXCEPTIONS_H_
#define LOCKSTEP_TRAIN_WITHOUT_EXCEPTIONS_H_

#include <exception>

#include "absl/status/status.h"
#include "train/comm/communicator.h"
#include "train/torch_error.h"

namespace lockstep {

// What `work` returns, or the first line of the exception that torch throws
// when it runs out of memory or meets a shape it does not like.
template <typename Work>
absl::Status WithoutExceptions(const Work& work) {
  try {
    return work();
  } catch (const CommunicationFailure& error) {
    return absl::UnavailableError(error.what());
  } catch (const std::exception& error) {
    return StatusOfTorchError(error.what());
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_WITHOUT_EXCEPTIONS_H_
