// A float convolutional net as a plain list of nodes: what the ONNX reader
// makes, the float engine runs and the integer graph is built from.
//
// Values are named by number. Value 0 is the net's input (normalised pixels);
// node i makes value i + 1 from values of lower numbers, so the list is in
// topological order by construction. A value holds, per image, a tensor
// [channels][height][width]; a vector is a tensor of height and width 1.
//
// There is no Flatten and no fully connected node: a matrix over a flattened
// [C][H][W] tensor is a convolution whose window is the whole map, with the
// same weights in the same order (ONNX flattens channel first).

#ifndef LOCKSTEP_QUANT_FLOAT_GRAPH_H_
#define LOCKSTEP_QUANT_FLOAT_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep::quant {

struct Shape {
  int channels = 0;
  int height = 0;
  int width = 0;

  int64_t size() const { return int64_t{channels} * height * width; }
  bool operator==(const Shape& other) const {
    return channels == other.channels && height == other.height &&
           width == other.width;
  }
  // "64x32x32".
  std::string ToString() const;
};

// A sliding window: output (y, x) reads rows y * stride_h - pad_top ... and
// columns x * stride_w - pad_left ... of the input. Padding is less than the
// window, so every window holds at least one pixel of the image.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;

  bool HasPadding() const {
    return pad_top + pad_left + pad_bottom + pad_right > 0;
  }
};

enum class Op {
  kConv,               // cross-correlation, zero padding, plus bias
  kAffine,             // y = scale[c] * x + shift[c]: batch norm in eval mode
  kRelu,               // max(x, 0)
  kAdd,                // of two values of one shape
  kMaxPool,            // padding never wins
  kAveragePool,        // mean over the whole window, padding counts as zeros
  kGlobalAveragePool,  // mean over the map; result is C x 1 x 1
};

// "Conv", "Relu", ...
const char* OpName(Op op);

struct FloatNode {
  Op op = Op::kRelu;
  std::string name;                 // as in the model, for messages
  std::vector<int> inputs;          // value numbers: two for kAdd, else one
  Window window;                    // kConv, kMaxPool, kAveragePool
  std::vector<float> weights = {};  // kConv: [out][in][kernel_h][kernel_w]
  std::vector<float> bias = {};     // kConv: [out]; its size is `out`
  std::vector<double> scale = {}, shift = {};  // kAffine: [channels]
};

// Smallest and largest element that a value takes; calibration finds it.
struct Range {
  float min = 0;
  float max = 0;
};

struct FloatGraph {
  std::vector<FloatNode> nodes;
  std::vector<Shape> shapes;  // of every value: nodes.size() + 1
  int output = 0;             // the value that holds the logits
};

// Limits of a graph, float or integer. ResNet-18 has 62 nodes, 2.4 M elements
// an image, 0.56 G multiplications.
constexpr size_t kMaxNodes = 10000;
constexpr int64_t kMaxElements = int64_t{1} << 24;
constexpr int64_t kMaxMacs = 100'000'000'000;
constexpr int64_t kMaxTaps = int64_t{1} << 20;  // of an output's window
constexpr int kMaxSide = 1 << 15;  // of a window; keeps products inside int64

// A graph without nodes whose input has `shape`.
FloatGraph EmptyGraph(const Shape& shape);

// Appends `node`, computes the shape of its value and returns the value's
// number. InvalidArgument names the node and what does not fit: inputs that
// are not defined, shapes, windows, non-finite weights. Also refused is what a
// hostile file could use to exhaust the machine: more than 10,000 nodes, 2^24
// stored elements or 10^11 multiplications an image, 2^26 weights, 2^20 weights
// of one output.
absl::StatusOr<int> AppendNode(FloatNode node, FloatGraph& graph);

// How often each value is read; the graph's output counts as one reading.
std::vector<int> UseCounts(const FloatGraph& graph);

// Multiplications of one image, padded taps included.
int64_t CountMacs(const FloatGraph& graph);

// The same function with every kAffine folded into the convolution before it:
// w' = w * scale, b' = b * scale + shift, in double. Unimplemented names an
// affine node which follows anything else, or a convolution that others read.
absl::StatusOr<FloatGraph> FoldBatchNorm(const FloatGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FLOAT_GRAPH_H_
