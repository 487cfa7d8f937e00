// The integer-only net: what runs between raw pixels and int32 logits.
//
// Formats. A stored activation is a u8 code q and stands for s * (q - z), z the
// zero point: 0 after a ReLU. Weights are s8, symmetric, one scale s_w[c] an
// output channel. Pixels come as they are; mean and std are part of the first
// layer. Layout is NHWC.
//
// A convolution computes, for output pixel p, channel c, taps (y, x), input i:
//
//   acc[p][c] = sum over y, x, i of  q[p * stride + (y, x)][i] * w[c][y][x][i]
//   t[p][c]   = acc[p][c] * m[c] + residual[p][c] + c64[c]        (int64)
//   out[p][c] = clamp(t[p][c] >> 32, 0, 255)        (arithmetic shift = floor)
//
// m[c] = round(s_in * s_w[c] / s_out * 2^32) is an int32 below 2^31, and
// c64[c] = round(bias[c] / s_out * 2^32) + 2^31, whose second part rounds to
// nearest with ties up, plus what zero points add, exactly: z_out * 2^32 for
// the output, -m[c] * z_in * (sum of w[c]) for the input. The clamp at 0 is the
// ReLU where z_out is 0. A tap outside the image reads z_in. The residual of an
// Add enters the same sum, so that convolution, addition and ReLU together
// round once:
//
//   a stored tensor r:       residual = (int64(r) << 8) * round(s_r/s_out*2^24)
//   a wide accumulator acc2: residual = int64(acc2) * m2[c]
//
// where `acc2` is the raw sum of the other convolution, never squeezed to 8
// bits, and m2 is made like m; its bias and the residual's zero point are part
// of c64.
//
// Rescaling is the same without weights: the sum over a window of one channel,
// (int64(sum) << 8) * round(s_in / (s_out * pixels) * 2^24), plus residual and
// c64. It is an average pool, an Add of two stored tensors, a change of scale.
//
// A global average pool that is not stored is the integer sum of the map;
// 1/(H*W) is part of the next layer's m. The last layer stores t >> 32 as int32
// logits on one common scale, or u8 codes where the model stores its output.
//
// Proof. acc[c] always lies in [n * max_in, p * max_in], n and p the sums of
// negative and positive weights of c; partial sums lie there too, in any order.
// A graph is refused (overflow_proof.h) unless that range fits int32 and, with
// the residual's largest magnitude R, |acc| * m + R + |c64| < 2^62: no
// execution can overflow.

#ifndef LOCKSTEP_QUANT_INTEGER_GRAPH_H_
#define LOCKSTEP_QUANT_INTEGER_GRAPH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// What a value holds.
enum class Storage {
  kU8,      // activations (or pixels)
  kWide,    // int32 accumulators, read only as a residual
  kSums,    // int32 sums of a map of u8
  kLogits,  // int32 logits
};

enum class IntegerOp { kConv, kMaxPool, kSum, kRescale };

// The numbers of the formula above. Empty for a layer that stores accumulators
// or sums.
struct Requantization {
  std::vector<int32_t> multiplier;       // m[c]; of a convolution
  std::vector<int64_t> offset;           // c64[c]
  int32_t input_multiplier = 0;          // of a rescaled sum
  int32_t residual_multiplier = 0;       // of a stored residual
  std::vector<int32_t> wide_multiplier;  // m2[c], of a wide residual
};

struct IntegerLayer {
  IntegerOp op = IntegerOp::kConv;
  std::string name;    // of the float node
  int input = 0;       // value numbers, as in FloatGraph: layer i makes i + 1
  int residual = -1;   // or -1
  Window window = {};  // kConv, kMaxPool, kRescale
  Storage output = Storage::kU8;
  std::vector<int8_t> weights = {};   // kConv: [out][kernel_h][kernel_w][in]
  std::vector<uint8_t> padding = {};  // kConv: [in], read outside the image
  Requantization requantization = {};
};

struct IntegerGraph {
  std::vector<IntegerLayer> layers;
  std::vector<Shape> shapes;        // of every value: layers.size() + 1
  std::vector<Storage> storages;    // of every value
  std::vector<Encoding> encodings;  // of every value that is kU8; 0: pixels
  std::vector<int> sources;         // of every value: its number in FloatGraph
  // [channel][256]: the code of a pixel byte; empty where it is the byte.
  std::vector<uint8_t> input_codes;
  // float logit = logit_scale * (int32 logit); a stored output gives its codes
  // minus their zero point.
  double logit_scale = 1;
  int output() const { return layers.size(); }
};

// What integer logits stand for.
inline std::vector<float> RealLogits(const IntegerGraph& graph,
                                     const std::vector<int32_t>& logits) {
  std::vector<float> real;
  for (const int32_t logit : logits) real.push_back(graph.logit_scale * logit);
  return real;
}

// Multiplications of one image, padded taps included.
inline int64_t CountMacs(const IntegerGraph& graph) {
  int64_t macs = 0;
  for (size_t i = 0; i < graph.layers.size(); ++i)
    macs += int64_t(graph.layers[i].weights.size()) *
            graph.shapes[i + 1].height * graph.shapes[i + 1].width;
  return macs;
}

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_GRAPH_H_
