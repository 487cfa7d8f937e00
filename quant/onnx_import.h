// The state of turning an ONNX model into a FloatGraph, and what its operators
// have in common: finding inputs by name, windows, defining outputs.
//
// Every function that fails names the node: InvalidArgument if the model breaks
// ONNX's rules, Unimplemented if it only uses what this engine does not run.

#ifndef LOCKSTEP_QUANT_ONNX_IMPORT_H_
#define LOCKSTEP_QUANT_ONNX_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

// What an ONNX name stands for: a constant, or a value of the graph. ONNX
// shapes have a rank, which decides what Flatten, Gemm and Add mean; a value of
// rank 2 is [N, shape.size()], flattened channel first.
struct Operand {
  const onnx::TensorProto* constant = nullptr;  // outlives the import
  int value = -1;                               // if not a constant
  int rank = 4;
  // The Softmax or LogSoftmax after which `value` would be this operand. Only
  // the model's output may be one.
  const onnx::NodeProto* softmax = nullptr;
};

// The state of reading one model.
struct Import {
  FloatGraph graph;
  std::map<std::string, Operand> names;
  int opset = 0;
  int64_t batch = 0;  // images that the model is made for; 0: any number
  // Weights that nodes may still have: a small file whose nodes share a tensor
  // must not become a large net.
  int64_t weights_left = std::numeric_limits<int64_t>::max();
  std::deque<onnx::TensorProto>
      made;  // constants that no tensor of the file is
};

// What input `input` of `node` stands for; it must be defined before.
absl::StatusOr<Operand> Find(const onnx::NodeProto& node, int input,
                             const Import& import);

// Input `input` as a computed value of rank `rank`; 0 accepts any.
absl::StatusOr<Operand> FindValue(const onnx::NodeProto& node, int input,
                                  int rank, const Import& import);

// Input `input` as a constant.
absl::StatusOr<const onnx::TensorProto*> FindConstant(
    const onnx::NodeProto& node, int input, const Import& import);

// The elements of a constant input.
absl::StatusOr<std::vector<float>> FindFloats(const onnx::NodeProto& node,
                                              int input, const Import& import);
absl::StatusOr<std::vector<int64_t>> FindInts(const onnx::NodeProto& node,
                                              int input, const Import& import);

// Input `input` as a float constant, which must hold `count` elements.
absl::StatusOr<std::vector<float>> FindVector(const onnx::NodeProto& node,
                                              int input, size_t count,
                                              const Import& import);

// Input `input` as a constant that is added to a value of `channels` channels
// and ONNX rank `rank`, an element a channel: [channels] or [1,channels] for
// rank 2, [channels,1,1] or [1,channels,1,1] for rank 4. One element stands for
// all channels.
absl::StatusOr<std::vector<float>> FindBias(const onnx::NodeProto& node,
                                            int input, size_t channels,
                                            int rank, const Import& import);

// The axes of Squeeze or ReduceMean, ascending and not negative, of a value of
// rank `rank`; {} if the node names none. They are an attribute, and an
// optional input 1 from opset `input_since` on.
absl::StatusOr<std::vector<int64_t>> FindAxes(const onnx::NodeProto& node,
                                              int input_since, int rank,
                                              const Import& import);

// Whether the optional input is there.
bool HasInput(const onnx::NodeProto& node, int input);

// The shape of a computed value.
const Shape& ShapeOf(const Operand& operand, const Import& import);

// Gives `operand` the name of the node's first output.
absl::Status Define(const onnx::NodeProto& node, Operand operand,
                    Import& import);

// Appends `made` to the graph and defines the node's first output as its value,
// of ONNX rank `rank`.
absl::Status Append(const onnx::NodeProto& node, FloatNode made, int rank,
                    Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_IMPORT_H_
