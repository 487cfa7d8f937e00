#include "quant/run_memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "gtest/gtest.h"
#include "quant/float_engine.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace {
int64_t live = 0, most = 0;
}  // namespace

// Adds up what the heap holds. Sanitizers have an operator new of their own,
// which this one must not replace.
#ifndef LOCKSTEP_SANITIZED
#define LOCKSTEP_COUNTS_BYTES
void* operator new(size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  live += malloc_usable_size(memory);
  most = std::max(most, live);
  return memory;
}
void operator delete(void* memory) noexcept {
  live -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
#endif

namespace lockstep::quant {
namespace {

FloatGraph Resnet20() {
  const auto model =
      ReadOnnx(ResnetModel({3, 3, 3}, 16).SerializeAsString()).value();
  return FoldBatchNorm(model.graph).value();
}

TEST(FloatRunBytes, IsWhatTheEngineTakes) {
#ifndef LOCKSTEP_COUNTS_BYTES
  GTEST_SKIP() << "a sanitizer owns the heap";
#endif
  for (const auto& graph :
       {Resnet20(), ReadOnnx(LenetModel().SerializeAsString()).value().graph}) {
    const RunBytes bytes = FloatRunBytes(graph);
    const FloatEngine engine(graph);
    const size_t images = 16;
    const std::vector<float> input(images * 3072);
    std::vector<float> output(images * 10);
    const int64_t before = most = live;
    engine.Run(input.data(), images, output.data());
    const int64_t taken = most - before;
    EXPECT_LE(taken, bytes.fixed + int64_t(images) * bytes.an_image);
    EXPECT_GE(taken, int64_t(images) * bytes.an_image);
  }
}

TEST(FloatRunBytes, OfResnet20) {
  // Two values of 16x32x32 and the residual's, and one with a border of 1.
  EXPECT_EQ(FloatRunBytes(Resnet20()).an_image,
            (3 * 16 * 32 * 32 + 16 * 34 * 34) * 4);
}

TEST(FittingParallelism, KeepsWhatFits) {
  const Parallelism fitting = FittingParallelism({2, 8}, {100, 1000}, 1 << 20);
  EXPECT_EQ(fitting.threads, 2);
  EXPECT_EQ(fitting.batch, 8);
}

TEST(FittingParallelism, TakesFewerImagesThenFewerThreads) {
  Parallelism fitting = FittingParallelism({4, 1024}, {100, 1000}, 20000);
  EXPECT_EQ(fitting.threads, 4);
  EXPECT_EQ(fitting.batch, 4);  // 100 + 4 * 1000 <= 5000
  fitting = FittingParallelism({4, 1024}, {100, 1000}, 2500);
  EXPECT_EQ(fitting.threads, 2);
  EXPECT_EQ(fitting.batch, 1);
  fitting = FittingParallelism({4, 1024}, {100, 1000}, 10);
  EXPECT_EQ(fitting.threads, 1);
  EXPECT_EQ(fitting.batch, 1);
}

// The largest maps that a graph may have, at 1,024 images a batch.
TEST(FittingParallelism, BoundsTheLargestNet) {
  FloatGraph graph = EmptyGraph({3, 32, 32});
  FloatNode conv = {Op::kConv, "wide", {0}, {}};
  conv.bias.assign((1 << 14) - 4, 0);
  conv.weights.assign(conv.bias.size() * 3, 0);
  ASSERT_TRUE(AppendNode(conv, graph).ok());
  const RunBytes bytes = FloatRunBytes(graph);
  const Parallelism fitting = FittingParallelism({16, 1024}, bytes);
  EXPECT_LE(
      fitting.threads * (bytes.fixed + int64_t(fitting.batch) * bytes.an_image),
      kRunBudget);
}

}  // namespace
}  // namespace lockstep::quant
