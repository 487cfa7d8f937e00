// The instruction sets that the integer engine can be told to use.

#ifndef LOCKSTEP_QUANT_KERNELS_ISA_H_
#define LOCKSTEP_QUANT_KERNELS_ISA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quant/cpu.h"
#include "quant/kernels/microkernels.h"
#include "quant/kernels/tile_microkernels.h"

namespace lockstep::quant {

struct Isa {
  const char* name;         // the value of --isa
  const char* description;  // for reports
  bool (*supported)(const CpuFeatures& cpu);
  const Microkernels& (*vectors)();
  // For estimates of cost (conv_kernel.h), on one core: multiplications in a
  // nanosecond by direct convolution and by Winograd's products, nanoseconds an
  // output for requantisation and an output for Winograd's transforms.
  // portable, avx2 and avx512vnni: measured on an AMD EPYC (Zen 4); avxvnni and
  // amx: reckoned from those, never measured.
  double direct_rate, winograd_rate, requantize_ns, transform_ns;
  // Null where the ISA has no tiles; nanoseconds of a tile product.
  const TileMicrokernels& (*tiles)() = nullptr;
  double tile_ns = 0;
};

// All of them, the slowest first; every CPU can run the first.
const std::vector<Isa>& Isas();

// The one called `name`, or for "auto" the last that `cpu` supports.
// InvalidArgument for another name; FailedPrecondition if `cpu` cannot run it.
absl::StatusOr<const Isa*> ChooseIsa(absl::string_view name,
                                     const CpuFeatures& cpu);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_ISA_H_
