#include "quant/kernels/conv_kernel.h"

#include <string>

#include "gtest/gtest.h"
#include "quant/kernels/testing_conv.h"

namespace lockstep::quant {
namespace {

const Isa& Named(const std::string& name) {
  for (const Isa& isa : Isas())
    if (isa.name == name) return isa;
  ADD_FAILURE() << name;
  return Isas()[0];
}

// The kernel of a layer for an instruction set that this CPU need not have.
std::string Chosen(const ConvCase& layer, const std::string& isa,
                   size_t images) {
  return ChooseConvKernel(TestingConv(layer, 1).task(), Named(isa), images)
      .name;
}

ConvCase Layer(int in, int out, int side, int kernel = 3, int stride = 1) {
  return WithWindow(MapCase(in, out, side), kernel, stride, kernel / 2);
}

TEST(ChooseConvKernel, WinogradWhereItsWeightsAreFew) {
  for (const char* isa : {"avx2", "avxvnni", "avx512vnni"}) {
    EXPECT_EQ(Chosen(Layer(64, 64, 32), isa, 16), "winograd4") << isa;
    EXPECT_EQ(Chosen(Layer(256, 256, 8), isa, 16), "winograd4") << isa;
  }
  EXPECT_EQ(Chosen(Layer(256, 256, 8), "avx512vnni", 1), "direct");
}

TEST(ChooseConvKernel, DirectForWhatWinogradDoesNotDo) {
  for (const char* isa : {"portable", "avx2", "avx512vnni"}) {
    EXPECT_EQ(Chosen(Layer(64, 128, 32, 3, 2), isa, 16), "direct") << isa;
    EXPECT_EQ(Chosen(Layer(64, 128, 32, 1, 2), isa, 16), "direct") << isa;
  }
}

TEST(ChooseConvKernel, ByTapForSmallMapsInSmallBatches) {
  EXPECT_EQ(Chosen(Layer(512, 512, 4), "avx512vnni", 1), "by tap");
  EXPECT_EQ(Chosen(Layer(512, 512, 4), "avx512vnni", 16), "direct");
}

TEST(ChooseConvKernel, TilesForAllButPixels) {
  for (size_t images : {1, 16}) {
    EXPECT_EQ(Chosen(Layer(64, 64, 32), "amx", images), "tiles");
    EXPECT_EQ(Chosen(Layer(512, 512, 4), "amx", images), "tiles");
    ConvCase pixels = Layer(3, 64, 32);
    pixels.pixels = true;
    EXPECT_EQ(Chosen(pixels, "amx", images), "direct");
  }
}

TEST(ConvKernels, TheFirstFitsEveryLayer) {
  EXPECT_TRUE(ConvKernels()[0].fits(TestingConv(Layer(5, 7, 9, 7, 3), 1).task(),
                                    Isas()[0]));
}

}  // namespace
}  // namespace lockstep::quant
