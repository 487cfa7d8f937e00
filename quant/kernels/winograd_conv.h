// 3x3 convolution of stride 1 by Winograd's minimal filtering F(m x m, 3 x 3)
// in integers, exactly (Lavin and Gray, arXiv:1509.09308, for the matrices).
//
// A patch d of (m+2)^2 inputs makes m^2 outputs Y = A^T [(G g G^T) * (B^T d B)]
// A, with (m+2)^2 multiplications an input channel instead of 9 m^2: 4 times
// fewer for m = 4, 2.25 times fewer for m = 2. G and A have fractions; here
// each row of G is multiplied until it is integer, and A carries the rest:
//
//   m   rows of G times      A^T times           the result is
//   2   2, 2, 2, 2           1                   4 * sum
//   4   4, 6, 6, 24, 24, 1   24 / those          576 * sum = 64 * 9 * sum
//
// Exactness. B^T d B fits int16 (|.| <= 4 * 255 for m = 2, 68 * 255 = 17,340
// for m = 4), so do the weights (9 * 128 and 49 * 128 = 6,272), and a pair of
// products fits int32. Sums of them wrap modulo 2^32, which additions, shifts
// left and products forgive: the result is right modulo 2^32. For m = 2 it is
// the number itself where |4 * sum| < 2^31. For m = 4, a shift by 6 and a
// product with the inverse of 9 leave the sum modulo 2^26, which is the sum
// itself where its proven bounds (integer_graph.h) span less than 2^26. A layer
// with a channel that fails the test is refused: a proof, not a hope.

#ifndef LOCKSTEP_QUANT_KERNELS_WINOGRAD_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_WINOGRAD_CONV_H_

#include <memory>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// Whether the layer has the window, reads zeros outside the image, and every
// channel passes the test for `m`, 2 or 4.
bool WinogradFits(const ConvTask& task, int m);

// The layer must fit.
std::unique_ptr<PackedConv> PackWinogradConv(const ConvTask& task,
                                             const Microkernels& micro, int m);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_WINOGRAD_CONV_H_
