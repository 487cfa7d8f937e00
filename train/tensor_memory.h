// Memory for large tensors that is kept and reused, on huge pages.
//
// A training step allocates and frees the same activations again and again.
// malloc gives what is large back to the kernel each time, which then clears
// and maps it anew, in 4 KiB pages: about 15,000 page faults a step of
// ResNet-18 at batch 32. Here freed blocks wait for the next tensor of their
// size, and the kernel is asked for 2 MiB pages.

#ifndef LOCKSTEP_TRAIN_TENSOR_MEMORY_H_
#define LOCKSTEP_TRAIN_TENSOR_MEMORY_H_

#include <cstddef>

namespace lockstep {

// From now on CPU tensors of kLargeTensor bytes and more are allocated so;
// smaller ones as before. Call it before the first tensor is made. Memory of
// freed tensors stays with the process, at most as much as was once in use,
// plus what other shapes leave behind; it is given back when memory runs out.
// Thread-safe.
void ReuseTensorMemory();

constexpr size_t kLargeTensor = 1 << 20;

// Bytes that wait for reuse. For tests.
size_t IdleTensorBytes();

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TENSOR_MEMORY_H_
