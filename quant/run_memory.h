// How much memory running a net takes, so that a batch is chosen that fits.
//
// A model's file can be small and its maps large: within the limits of a
// FloatGraph an image may need 200 MB, and a batch of 1,024 a thousand times
// that.

#ifndef LOCKSTEP_QUANT_RUN_MEMORY_H_
#define LOCKSTEP_QUANT_RUN_MEMORY_H_

#include <cstdint>

#include "quant/float_graph.h"
#include "quant/integer_graph.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// Bytes that one thread takes while it runs batches of a net.
struct RunBytes {
  int64_t fixed = 0;     // whatever the batch
  int64_t an_image = 0;  // for each image of a batch
};

// The most that FloatEngine::Run allocates, the input's copy included, the
// caller's own input and output not. Integer engines take less, but for maps of
// fewer than four channels, which they store as 16.
RunBytes FloatRunBytes(const FloatGraph& graph);

// At most what an integer engine takes.
RunBytes IntegerRunBytes(const IntegerGraph& graph);

// What all threads' runs together may take: 1 GiB.
constexpr int64_t kRunBudget = int64_t{1} << 30;

// `wanted` with as many images in a batch, and if not even one fits as many
// threads, as fit into `budget` bytes; at least one of each. No result depends
// on either.
Parallelism FittingParallelism(const Parallelism& wanted, const RunBytes& bytes,
                               int64_t budget = kRunBudget);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_RUN_MEMORY_H_
