// The integer matrix product under every convolution, and the table of its
// implementations.
//
// To add a kernel: write its function in a file of its own and add a row to
// Kernels(); tests compare every row that this CPU can run with the plain sum,
// and --isa accepts its name.

#ifndef LOCKSTEP_QUANT_INTEGER_KERNEL_H_
#define LOCKSTEP_QUANT_INTEGER_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quant/cpu.h"

namespace lockstep::quant {

// What the caller rounds sizes up to, with zeros.
constexpr size_t kKernelRows = 4;        // m and n
constexpr size_t kKernelDepth = 16;      // k
constexpr size_t kKernelAlignment = 32;  // bytes, of a and w

// out[p][c] = sum over i of a[p][i] * w[c][i]
//
// for p < m, c < n, i < k; a is [m][k], w is [n][k], out is [m][n]. Elements of
// `a` are u8 and those of `w` s8 in range, both widened to int16; the true sum
// and every partial sum fit int32 (integer_graph.h), so the result is exact and
// the same for every kernel. Any number of threads.
using ProductFunction = void (*)(const int16_t* a, const int16_t* w, size_t m,
                                 size_t n, size_t k, int32_t* out);

struct Kernel {
  const char* name;         // the value of --isa
  const char* description;  // for the report
  bool (*supported)(const CpuFeatures& cpu);
  ProductFunction product;
};

// All kernels, the slowest first. The first is "reference", which every CPU
// can run.
const std::vector<Kernel>& Kernels();

// "auto" and the names of all kernels.
std::vector<std::string> KernelNames();

// The kernel called `isa`, or for "auto" the fastest that `cpu` supports.
// InvalidArgument for another name; FailedPrecondition if `cpu` cannot run it.
absl::StatusOr<const Kernel*> ChooseKernel(absl::string_view isa,
                                           const CpuFeatures& cpu);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_KERNEL_H_
