// Bias correction (Nagel et al. 2019, arXiv 1906.04721, section 4.2, with
// measured instead of analytic means).
//
// Rounding weights to s8 moves the mean of an output channel by
//
//   sum over inputs i of (rounded w - w)[i] * E[input i]
//
// which no later layer can undo; it is subtracted from the channel's bias.
// E[input] is taken element by element: the mean map over the images. So the
// zeros outside the image and windows that see a part of the map only, up to a
// matrix over the whole map, are accounted for exactly.

#ifndef LOCKSTEP_QUANT_CORRECT_BIAS_H_
#define LOCKSTEP_QUANT_CORRECT_BIAS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/float_graph.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// `folded`, in which batch norm is folded, with biases that are right on
// average for weights rounded as in weight_scale.h; a convolution of the input
// is rounded as one of raw pixels. It is made to be quantised and not to be run
// in float: calibrate and compare with `folded` itself. `ranges` are those of
// its values (Calibrate); what lies beyond is clipped before it is averaged, as
// in the integer net. The same bits for any batch, thread count and order of
// the images. InvalidArgument without images.
absl::StatusOr<FloatGraph> CorrectBiases(const FloatGraph& folded,
                                         const std::vector<Range>& ranges,
                                         const ImageSet& images,
                                         const Normalization& normalization,
                                         const Parallelism& parallelism,
                                         const Tick& tick = nullptr);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CORRECT_BIAS_H_
