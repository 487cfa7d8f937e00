// The proof that no execution of an integer graph can overflow: from the
// integers alone, so it holds for a calibrated net and for one from a file.

#ifndef LOCKSTEP_QUANT_OVERFLOW_PROOF_H_
#define LOCKSTEP_QUANT_OVERFLOW_PROOF_H_

#include "absl/status/status.h"
#include "quant/integer_graph.h"

namespace lockstep::quant {

// Proves for every layer and output channel of `graph`, whose vectors have the
// sizes that integer_graph.h says, that every sum fits int32 and every t is
// below 2^62 in magnitude, so that t >> 32 fits int32 too. FailedPrecondition
// names layer and channel.
absl::Status ProveNoOverflow(const IntegerGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_OVERFLOW_PROOF_H_
