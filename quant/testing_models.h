// Random nets for tests: ONNX models in the form that the trainer exports, and
// the plainest possible evaluation of a float net.

#ifndef LOCKSTEP_QUANT_TESTING_MODELS_H_
#define LOCKSTEP_QUANT_TESTING_MODELS_H_

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "onnx/onnx.pb.h"
#include "quant/float_graph.h"
#include "quant/onnx_write.h"

namespace lockstep::quant {

// Builds an ONNX model node by node, with random weights scaled by He et al.'s
// rule so that activations keep their size. Each call appends one node (or conv
// and batch norm), continues from `value` and returns the name of its output.
class TestingModel {
 public:
  explicit TestingModel(uint32_t seed = 1);

  std::string Conv(const std::string& value, int in, int out, int kernel,
                   int stride, int pad, bool bias = false);
  std::string BatchNorm(const std::string& value, int channels);
  std::string ConvBatchNorm(const std::string& value, int in, int out,
                            int kernel, int stride, int pad);
  std::string Node(const std::string& type,
                   const std::vector<std::string>& inputs);
  std::string MaxPool(const std::string& value, int kernel, int stride);
  std::string AveragePool(const std::string& value, int kernel, int stride,
                          int pad);
  std::string Flatten(const std::string& value);
  std::string Gemm(const std::string& value, int in, int out);
  // A tensor of random numbers around 0 with the given standard deviation.
  std::string Random(const std::vector<int64_t>& dims, float deviation);

  onnx::NodeProto& last_node();
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  // Declares the output and returns the whole model.
  onnx::ModelProto Finish(const std::string& output);

 private:
  onnx::NodeProto& NewNode(const std::string& type,
                           const std::vector<std::string>& inputs);
  std::string Tensor(const std::vector<int64_t>& dims,
                     const std::vector<float>& values);
  float Uniform();  // in [-1, 1)

  onnx::ModelProto model_;
  std::mt19937 random_;
  int next_ = 0;
};

// Conv 5x5 and MaxPool twice, three matrices; `width` scales the channels.
onnx::ModelProto LenetModel(int width = 1);

// CIFAR ResNets of basic blocks: stages of `blocks` blocks, the first with
// `width` channels, doubling and halving the map from stage to stage. ResNet-18
// is {2, 2, 2, 2} with 64, ResNet-20 is {3, 3, 3} with 16.
onnx::ModelProto ResnetModel(const std::vector<int>& blocks, int width);

// The shortcut's convolution first and last in the list, a stored residual on
// either side of the Add, an uneven window, a first layer without padding.
onnx::ModelProto ResidualFormsModel();

// Sums that are stored with a sign: read twice, pooled, added to each other,
// convolved; a ReLU after a pool, a padded mean, a ReLU as the last node.
onnx::ModelProto SignedValuesModel();

// The wire form of a field of bytes or of a message (tag, length, content), for
// models that no writer makes; `field` is below 16.
std::string Delimited(int field, const std::string& content);

// The first `count` of deterministic random bytes, as images.
std::vector<uint8_t> RandomPixels(size_t count, uint32_t seed);

// All values of `graph` for one image by nested loops, kAffine included;
// `input` is [C][H][W]. `edit`, if given, may change a value before others read
// it.
using EditValue = std::function<void(int value, std::vector<double>& elements)>;
std::vector<std::vector<double>> RunNaively(const FloatGraph& graph,
                                            const std::vector<float>& input,
                                            const EditValue& edit = nullptr);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_TESTING_MODELS_H_
