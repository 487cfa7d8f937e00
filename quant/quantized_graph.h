// A net in the numbers that a file can hold exactly: s8 weights, int32 biases,
// u8 activations, and the floats that say what they stand for. It is what
// calibration makes of a float net (quantize_graph.h), what an ONNX model with
// QuantizeLinear and DequantizeLinear says (qdq_reader.h, qdq_export.h), and
// what the integer net is built from (integer_graph.h).
//
//   a stored activation   real = scale * (code - zero_point), code u8
//   a weight              real = scale[c] * weight, s8, of output channel c
//   a bias                real = bias_scale[c] * bias, int32; bias_scale[c] is
//                         the input's scale times scale[c], rounded to float
//
// A value without an encoding is never stored in 8 bits: it is part of the next
// layer's exact sum. So a net whose convolutions before an Add have none rounds
// once an Add (dialect "fused"), one where they have rounds twice ("ort").

#ifndef LOCKSTEP_QUANT_QUANTIZED_GRAPH_H_
#define LOCKSTEP_QUANT_QUANTIZED_GRAPH_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/cifar10.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

// What a stored activation stands for.
struct Encoding {
  float scale = 1;
  uint8_t zero_point = 0;

  bool operator==(const Encoding& other) const {
    return scale == other.scale && zero_point == other.zero_point;
  }
};

// What the net's input stands for: real = scale * (code - zero_point[c]). A tap
// outside the image reads code zero_point[c].
struct InputEncoding {
  float scale = 1;
  std::array<uint8_t, kCifarChannels> zero_point = {};
  // [channel][256]: the code of a pixel byte; empty where it is the byte.
  std::vector<uint8_t> codes = {};
};

// Weights of a kConv node, empty for others.
struct QuantizedWeights {
  std::vector<int8_t> values;     // [out][in][kernel_h][kernel_w]
  std::vector<float> scale;       // [out]
  std::vector<int32_t> bias;      // [out]
  std::vector<float> bias_scale;  // [out]
};

struct QuantizedGraph {
  // Without batch norm. Weights and biases are the floats that `weights` stands
  // for; value 0 is what `input` says.
  FloatGraph graph;
  InputEncoding input;
  // Of every value but 0, if it is stored.
  std::vector<std::optional<Encoding>> encodings = {};
  std::vector<QuantizedWeights> weights = {};  // of every node
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZED_GRAPH_H_
