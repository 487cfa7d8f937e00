// Replays deterministic mutations of real nets through net_file_fuzz.cc, on
// every machine and under every sanitizer. LOCKSTEP_FUZZ_RUNS=N makes it N
// mutations, LOCKSTEP_FUZZ_SEED=N others; LOCKSTEP_FUZZ_CORPUS=FOLDER writes
// the nets that they are made of, for libFuzzer.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "quant/net_file.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "tools/cli/testing_mutator.h"

namespace lockstep::quant {
namespace {

// Small nets with every kind of layer, so that a mutation rarely hits weights.
std::vector<std::string> Seeds() {
  TestingModel tiny;
  std::string value = tiny.Node("Relu", {tiny.Conv("input", 3, 4, 3, 4, 1)});
  value = tiny.Flatten(tiny.MaxPool(value, 2, 4));
  const onnx::ModelProto matrix = tiny.Finish(tiny.Gemm(value, 16, 10));
  std::vector<std::string> seeds;
  for (const auto& model :
       {matrix, ResnetModel({1}, 2), ResidualFormsModel(), SignedValuesModel()})
    for (const Dialect dialect : {Dialect::kFused, Dialect::kOrt})
      seeds.push_back(EncodeNet(
          {MakeTestingNet(model, 2, dialect).integer, {{"made by", "test"}}}));
  return seeds;
}

TEST(NetFileFuzz, SurvivesMutations) { FeedMutations(Seeds(), 5000); }

TEST(NetFileFuzz, SeedsAreRead) {
  for (const std::string& seed : Seeds()) EXPECT_TRUE(DecodeNet(seed).ok());
}

}  // namespace
}  // namespace lockstep::quant
