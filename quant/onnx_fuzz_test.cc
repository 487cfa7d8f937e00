// Replays deterministic mutations of real models through onnx_fuzz.cc, on every
// machine and under every sanitizer. LOCKSTEP_FUZZ_RUNS=N makes it N mutations,
// LOCKSTEP_FUZZ_SEED=N others; LOCKSTEP_FUZZ_CORPUS=FOLDER writes the models
// that they are made of, for libFuzzer.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/qdq_export.h"
#include "quant/testing_models.h"
#include "quant/testing_quantized.h"
#include "tools/cli/testing_mutator.h"

namespace lockstep::quant {
namespace {

std::string QdqSeed(const onnx::ModelProto& model, bool stores_terms) {
  const auto qdq = QdqModel(TestingQuantized(model, stores_terms), {});
  EXPECT_TRUE(qdq.ok()) << qdq.status();
  return qdq->SerializeAsString();
}

// Small nets, so that a mutation rarely hits weights: their content matters
// least.
std::vector<std::string> Seeds() {
  TestingModel pools;
  std::string value = pools.ConvBatchNorm("input", 3, 2, 3, 2, 1);
  value = pools.MaxPool(pools.Node("Relu", {value}), 2, 2);
  pools.Node("AveragePool", {value});
  SetInts(pools.last_node(), "kernel_shape", {2, 2});
  value = pools.Node("ReduceMean", {pools.last_node().output(0)});
  SetInts(pools.last_node(), "axes", {2, 3});
  const std::string shape =
      AddTensor(pools.graph(), "shape", onnx::TensorProto::INT64, {2},
                RawData(std::vector<int64_t>{0, -1}));
  value = pools.Node("Reshape", {value, shape});
  value = pools.Node("MatMul", {value, pools.Random({2, 10}, 1)});
  value = pools.Node("Add", {value, pools.Random({1, 10}, 1)});
  value = pools.Node("Softmax", {pools.Node("Identity", {value})});
  return {LenetModel().SerializeAsString(),
          ResnetModel({1, 1}, 2).SerializeAsString(),
          ResidualFormsModel().SerializeAsString(),
          pools.Finish(value).SerializeAsString(),
          QdqSeed(ResnetModel({1, 1}, 2), false),
          QdqSeed(ResnetModel({1}, 2), true)};
}

TEST(OnnxFuzz, SurvivesMutations) { FeedMutations(Seeds(), 20000); }

TEST(OnnxFuzz, SeedsAreRead) {
  for (const std::string& seed : Seeds()) EXPECT_TRUE(ReadOnnx(seed).ok());
}

}  // namespace
}  // namespace lockstep::quant
