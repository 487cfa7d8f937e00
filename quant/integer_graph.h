// The integer-only net: what runs between raw pixels and int32 logits.
//
// Formats. A stored activation q is u8 with zero point 0 and stands for q * s,
// s = max / 255 (post-ReLU, so nothing is negative). Weights are s8 in
// [-127, 127], symmetric, one scale s_w[c] = absmax / 127 per output channel.
// Pixels come as they are, u8 with s = 1: mean and std are folded into the
// first layer's weights and bias. Layout is NHWC.
//
// One layer computes, for output pixel p, channel c, taps (y, x), input i:
//
//   acc[p][c] = sum over y, x, i of  q[p * stride + (y, x)][i] * w[c][y][x][i]
//   t[p][c]   = acc[p][c] * m[c] + residual[p][c] + c64[c]        (int64)
//   out[p][c] = clamp(t[p][c] >> 32, 0, 255)        (arithmetic shift = floor)
//
// m[c] = round(s_in * s_w[c] / s_out * 2^32) is an int32 below 2^31, and
// c64[c] = round(bias[c] / s_out * 2^32) + 2^31, whose second part rounds to
// nearest with ties up. The residual of an Add enters the same sum, so that
// convolution, addition and ReLU together round once:
//
//   a stored tensor r:       residual = (int64(r) << 8) * round(s_r/s_out*2^24)
//   a wide accumulator acc2: residual = int64(acc2) * m2[c]
//
// where `acc2` is the raw sum of the other convolution, never squeezed to 8
// bits, and m2 is made like m; its bias is part of c64. Global average pooling
// is the integer sum of a map; 1/(H*W) is part of the next layer's m. The last
// layer stores t >> 32 as int32 logits on one common scale.
//
// Outside the image a tap reads 0; in the first layer it reads the rounded mean
// pixel of its channel, the nearest to zero in normalised space.
//
// Proof. acc[c] always lies in [n * max_in, p * max_in], n and p the sums of
// negative and positive weights of c; partial sums lie there too, in any order.
// Building fails unless that range fits int32 and, with the residual's largest
// magnitude R, |acc| * m + R + |c64| < 2^62: no execution can overflow.

#ifndef LOCKSTEP_QUANT_INTEGER_GRAPH_H_
#define LOCKSTEP_QUANT_INTEGER_GRAPH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

// What a value holds.
enum class Storage {
  kU8,      // activations (or pixels)
  kWide,    // int32 accumulators, read only as a residual
  kSums,    // int32 sums of a map of u8
  kLogits,  // int32 logits
};

enum class IntegerOp { kConv, kMaxPool, kSum };

// The numbers of the formula above. Empty for a layer that stores kWide.
struct Requantization {
  std::vector<int32_t> multiplier;       // m[c]
  std::vector<int64_t> offset;           // c64[c]
  int32_t residual_multiplier = 0;       // of a stored residual
  std::vector<int32_t> wide_multiplier;  // m2[c], of a wide residual
};

struct IntegerLayer {
  IntegerOp op = IntegerOp::kConv;
  std::string name;   // of the float node
  int input = 0;      // value numbers, as in FloatGraph: layer i makes i + 1
  int residual = -1;  // or -1
  Window window;      // kConv, kMaxPool
  Storage output = Storage::kU8;
  std::vector<int8_t> weights = {};   // kConv: [out][kernel_h][kernel_w][in]
  std::vector<uint8_t> padding = {};  // kConv: [in], read outside the image
  Requantization requantization = {};
};

struct IntegerGraph {
  std::vector<IntegerLayer> layers;
  std::vector<Shape> shapes;      // of every value: layers.size() + 1
  std::vector<Storage> storages;  // of every value
  double logit_scale = 1;         // float logit = logit_scale * int32 logit
  int output() const { return layers.size(); }
};

// Quantises `graph`, in which batch norm is folded, with the calibrated
// `ranges` of its values. Unimplemented names a node whose place in the net has
// no integer form (what is stored must come from a ReLU; an Add needs a ReLU
// after it and a convolution before it). FailedPrecondition names layer and
// channel where the proof fails or a multiplier is 2^31 or more.
absl::StatusOr<IntegerGraph> BuildIntegerGraph(
    const FloatGraph& graph, const std::vector<Range>& ranges,
    const Normalization& normalization);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_GRAPH_H_
