// Proof on the user's machine: every instruction set that this CPU has makes
// the reference engine's values, all of them, bit for bit, and the simulator in
// floating point its logits.

#ifndef LOCKSTEP_QUANT_VERIFY_H_
#define LOCKSTEP_QUANT_VERIFY_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "quant/cpu.h"
#include "quant/integer_graph.h"

namespace lockstep::quant {

// Runs the first `images` images through `graph` on the reference engine and
// on each Isa that `cpu` supports: in one batch, in uneven batches, and one by
// one by two threads. Returns a line for each Isa. Internal names the first
// value that differs. Shows progress on standard error.
absl::StatusOr<std::string> VerifyIsas(const IntegerGraph& graph,
                                       const ImageSet& test, size_t images,
                                       const CpuFeatures& cpu);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_VERIFY_H_
