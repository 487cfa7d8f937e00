// Every kernel on every layer shape equals the formula: the real instructions
// where this CPU has them, their emulated twins everywhere.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "quant/cpu.h"
#include "quant/kernels/conv_kernel.h"
#include "quant/kernels/isa.h"
#include "quant/kernels/microkernels.h"
#include "quant/kernels/testing_conv.h"
#include "quant/kernels/tile_microkernels.h"
#include "quant/kernels/winograd_conv.h"

namespace lockstep::quant {
namespace {

Isa Twin(const char* name, const Microkernels& (*vectors)(),
         const TileMicrokernels& (*tiles)() = nullptr) {
  Isa isa = Isas().front();
  isa.name = name;
  isa.vectors = vectors;
  isa.tiles = tiles;
  return isa;
}

// What this CPU has, and the emulated twins of what others have; AVX2's is the
// portable one.
std::vector<Isa> RunnableIsas() {
  std::vector<Isa> isas = {
      Twin("emulated avxvnni", EmulatedAvxVnniMicrokernels),
      Twin("emulated avx512vnni", EmulatedAvx512VnniMicrokernels),
      Twin("emulated amx", EmulatedAvx512VnniMicrokernels,
           EmulatedTileMicrokernels)};
  for (const Isa& isa : Isas())
    if (isa.supported(ThisCpu())) isas.push_back(isa);
  return isas;
}

// Sets with tiles share their vectors with one that has none.
bool IsTested(const ConvKernel& kernel, const ConvTask& task, const Isa& isa) {
  const bool repeats =
      isa.tiles != nullptr && kernel.products != Products::kTiles;
  return !repeats && kernel.fits(task, isa);
}

void ExpectEqual(const TestingConv& conv, const PackedConv& packed,
                 const std::vector<int32_t>& expected) {
  for (size_t parts : {1, 2, 3, 4})
    ASSERT_EQ(conv.Run(packed, parts), expected) << parts << " parts";
}

void ExpectExact(const ConvCase& test, uint32_t seed) {
  const TestingConv conv(test, seed);
  const std::vector<int32_t> expected = conv.Expected();
  for (const Isa& isa : RunnableIsas())
    for (const ConvKernel& kernel : ConvKernels()) {
      if (!IsTested(kernel, conv.task(), isa)) continue;
      SCOPED_TRACE(test.name + ", " + isa.name + ", " + kernel.name +
                   ", seed " + std::to_string(seed));
      ExpectEqual(conv, *kernel.pack(conv.task(), isa), expected);
    }
}

ConvCase Case(std::string name, int in, int out, int side, size_t images = 1) {
  ConvCase test = MapCase(in, out, side, images);
  test.name = std::move(name);
  return test;
}

TEST(Conv, LayersOfResnets) {
  ExpectExact(Case("stage 1", 64, 64, 32), 1);
  ExpectExact(Case("stage 2", 128, 128, 16), 2);
  ExpectExact(Case("stage 3", 256, 256, 8), 3);
  ExpectExact(Case("stage 4", 512, 512, 4, 2), 4);
  ExpectExact(WithWindow(Case("down", 64, 128, 32), 3, 2, 1), 5);
  ExpectExact(WithWindow(Case("shortcut", 64, 128, 32), 1, 2, 0), 6);
  ExpectExact(Case("resnet-20", 16, 16, 32), 7);
}

TEST(Conv, FirstLayersReadPixels) {
  for (int kernel : {3, 5, 7}) {
    ConvCase test = WithWindow(Case("stem", 3, 64, 32), kernel, 1, kernel / 2);
    test.pixels = true;
    ExpectExact(test, kernel);
  }
}

TEST(Conv, OddShapes) {
  ExpectExact(Case("1x1 map", 32, 48, 1, 5), 1);
  ExpectExact(Case("2x2 map", 16, 16, 2, 3), 2);
  ExpectExact(Case("7x7 map", 17, 33, 7, 3), 3);
  ExpectExact(WithWindow(Case("7x7 filter", 5, 9, 9, 2), 7, 1, 3), 4);
  ExpectExact(WithWindow(Case("5x5 filter, stride 3", 6, 16, 14, 2), 5, 3, 0),
              5);
  ExpectExact(Case("513 channels", 513, 17, 3, 2), 6);
  ExpectExact(WithWindow(Case("matrix", 400, 120, 1, 7), 1, 1, 0), 7);
  ExpectExact(WithWindow(Case("whole map", 16, 120, 5, 3), 5, 1, 0), 8);
  ExpectExact(WithWindow(Case("no padding", 20, 24, 11, 2), 3, 1, 0), 9);
  ExpectExact(WithWindow(Case("wide padding", 20, 24, 6, 2), 3, 1, 2), 10);
}

TEST(Conv, EveryBatch) {
  for (size_t images = 1; images <= 33; ++images)
    ExpectExact(Case("batch " + std::to_string(images), 16, 32, 4, images),
                images);
}

TEST(Conv, ResidualsAndOutputs) {
  for (Storage residual : {Storage::kU8, Storage::kWide}) {
    ConvCase test = Case("residual", 32, 37, 6, 3);
    test.residual = true;
    test.residual_storage = residual;
    ExpectExact(test, 1);
  }
  for (Storage output : {Storage::kWide, Storage::kLogits}) {
    ConvCase test = Case("output", 32, 37, 6, 3);
    test.output = output;
    ExpectExact(test, 2);
  }
}

// What saturates 16-bit products, and what comes nearest to wrapping.
TEST(Conv, AdversarialNumbers) {
  for (Fill fill :
       {Fill::kHighest, Fill::kLowest, Fill::kAlternating, Fill::kCorners})
    for (int channels : {16, 64, 256}) {
      ConvCase test =
          Case("fill " + std::to_string(int(fill)), channels, 16, 8);
      test.fill = fill;
      test.output = Storage::kWide;
      ExpectExact(test, channels);
    }
}

// 512 channels of +127 make sums of up to 1.5e8, which 26 bits do not hold.
TEST(Winograd, RefusesWhatItCannotProve) {
  ConvCase test = Case("deep", 512, 16, 4);
  EXPECT_TRUE(WinogradFits(TestingConv(test, 1).task(), 2));
  test.fill = Fill::kHighest;
  EXPECT_FALSE(WinogradFits(TestingConv(test, 1).task(), 4));
  EXPECT_TRUE(WinogradFits(TestingConv(test, 1).task(), 2));
  EXPECT_FALSE(WinogradFits(
      TestingConv(WithWindow(Case("5x5", 16, 16, 8), 5, 1, 2), 1).task(), 2));
  EXPECT_FALSE(WinogradFits(
      TestingConv(WithWindow(Case("stride", 16, 16, 8), 3, 2, 1), 1).task(),
      4));
  ConvCase pixels = Case("pixels", 3, 16, 8);
  pixels.pixels = true;
  EXPECT_FALSE(WinogradFits(TestingConv(pixels, 1).task(), 4));
}

}  // namespace
}  // namespace lockstep::quant
