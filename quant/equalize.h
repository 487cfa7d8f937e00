// Cross-layer equalisation (Nagel et al. 2019, "Data-free quantization through
// weight equalization and bias correction", arXiv 1906.04721, section 4.1).
//
// Where a convolution's output reaches only one other convolution, through
// nodes that commute with a positive scale a channel (Relu, MaxPool,
// GlobalAveragePool), channel c of the first can be divided by s[c] and the
// second's weights of input channel c multiplied by it: the net computes the
// same function, with weights and activations that suit one scale better.
//
//   s[c] = sqrt(r1[c] / r2[c])
//
// makes r1, the largest weight of the first's output channel c, and r2, the
// largest of the second's input channel c, equal. We take the nearest power of
// two: then no product or sum rounds differently, and the float net gives the
// same logits bit for bit. r1 and r2 end within a factor of two.

#ifndef LOCKSTEP_QUANT_EQUALIZE_H_
#define LOCKSTEP_QUANT_EQUALIZE_H_

#include "quant/float_graph.h"

namespace lockstep::quant {

// Equalises all pairs of `folded`, in which batch norm is folded, until none
// changes, at most 100 times over. A channel without weights on either side is
// left alone, and so is what a residual Add reads. Same bits as long as no
// number leaves the range of normal floats.
FloatGraph Equalize(FloatGraph folded);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_EQUALIZE_H_
