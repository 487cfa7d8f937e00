// Replays deterministic mutations of real models through onnx_fuzz.cc, on every
// machine and under every sanitizer. LOCKSTEP_FUZZ_RUNS=N makes it N mutations,
// LOCKSTEP_FUZZ_SEED=N others.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "quant/testing_models.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace lockstep::quant {
namespace {

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
          pools.Finish(value).SerializeAsString()};
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed), seeds_(Seeds()) {}

  // One of the models with one to four changes.
  std::string Next() {
    std::string bytes = Seed();
    for (int changes = 1 + Below(4); changes > 0; --changes) Change(bytes);
    return bytes;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& Seed() { return seeds_[Below(seeds_.size())]; }

  void Change(std::string& bytes) {
    if (bytes.empty()) return;
    const size_t at = Below(bytes.size());
    switch (Below(6)) {
      case 0:
        bytes[at] ^= 1 << Below(8);
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        Splice(at, bytes);
        break;
      case 3:  // a number that is small, large, or has its continuation changed
        bytes[at] = "\x00\x01\x7f\x80\xff\x0a\x22\x2a"[Below(8)];
        break;
      case 4:
        bytes.insert(at, Varint());
        break;
      default:  // a varint in place of another, so that lengths go wrong
        bytes.replace(at, 1, Varint());
    }
  }

  // A piece of a model, this one or another, takes the place of as many bytes.
  void Splice(size_t at, std::string& bytes) {
    const std::string other = Seed();
    const size_t from = Below(other.size());
    bytes.replace(at, Below(64), other, from, Below(64));
  }

  std::string Varint() {
    uint64_t value = uint64_t{random_()} << 32 | random_();
    value >>= Below(64);
    std::string bytes;
    for (; value >= 128; value >>= 7)
      bytes += static_cast<char>(value % 128 + 128);
    return bytes + static_cast<char>(value);
  }

  std::mt19937 random_;
  const std::vector<std::string> seeds_;
};

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void Feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                         bytes.size());
}

TEST(OnnxFuzz, SurvivesMutations) {
  Mutator mutator(FromEnvironment("LOCKSTEP_FUZZ_SEED", 1));
  const int runs = FromEnvironment("LOCKSTEP_FUZZ_RUNS", 20000);
  for (int run = 0; run < runs; ++run) Feed(mutator.Next());
}

}  // namespace
}  // namespace lockstep::quant
