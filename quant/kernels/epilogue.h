// What follows the sums of a convolution: the parameters of requantisation in
// the order in which micro-kernels read them.

#ifndef LOCKSTEP_QUANT_KERNELS_EPILOGUE_H_
#define LOCKSTEP_QUANT_KERNELS_EPILOGUE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

class Epilogue {
 public:
  // For micro-kernels with `lanes`. Channels that `task` stores and does not
  // have become 0.
  Epilogue(const ConvTask& task, int lanes);

  // A task for the channels from `first` on, a multiple of lanes. The caller
  // adds sums, stride, row_count, vectors and `at`, whose elements are those
  // of channel 0.
  RequantizeTask Task(const ConvBuffers& buffers, size_t first) const;

 private:
  ResidualKind residual_kind_ = ResidualKind::kNone;
  OutputKind output_kind_ = OutputKind::kU8;
  int32_t residual_multiplier_ = 0;
  std::vector<int32_t> multiplier_, wide_multiplier_;  // [stored channels]
  std::vector<int64_t> offset_;  // [stored channels], RequantizeTask's order
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_EPILOGUE_H_
