// Rounding weights for what the layer computes, not each for itself.
//
// Rounding to the nearest makes each weight's error d[i] (in steps) smallest;
// what reaches the next layer is sum(d[i] * x[i]), and the inputs x of
// a window are far from independent: neighbouring pixels are alike. With C
// their covariance, the mean squared error of an output channel, its mean
// taken off the bias, is d' C d. Starting from the nearest, each weight in
// turn is moved to the integer on its other side if that makes d' C d smaller,
// until none does (coordinate descent on the objective of Nagel et al. 2020,
// "Up or down? Adaptive rounding for post-training quantization", arXiv
// 2004.10568, equation 13).
//
// C is shrunk towards a multiple of the identity by K / (K + n), K the inputs
// of a window and n the windows seen, since few windows know little of it.

#ifndef LOCKSTEP_QUANT_ROUND_WEIGHTS_H_
#define LOCKSTEP_QUANT_ROUND_WEIGHTS_H_

#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/float_graph.h"
#include "quant/parallel.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Rounds anew the weights of `graph`, which QuantizeGraph made of `folded`
// with `normalization`, for the inputs that fp32 makes of `images`; takes what
// that adds to the mean of each channel off its bias. Windows with more than
// 1,152 inputs stay as they are: there are too many for C, and enough for
// errors to average out. Sums are whole numbers, so the result is the same
// bytes for any batch, thread count and order of the images.
void RoundForOutputs(const FloatGraph& folded, const ImageSet& images,
                     const Normalization& normalization,
                     const Parallelism& parallelism, QuantizedGraph& graph,
                     const Tick& tick = nullptr);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ROUND_WEIGHTS_H_
