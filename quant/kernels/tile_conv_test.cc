// What tiles do, counted by their emulated twin. That they are right is tested
// with all other kernels in conv_test.cc.

#include "quant/kernels/tile_conv.h"

#include <string>

#include "gtest/gtest.h"
#include "quant/kernels/emulated_tiles.h"
#include "quant/kernels/testing_conv.h"

namespace lockstep::quant {
namespace {

TEST(TileConv, Placeholder) {}

}  // namespace
}  // namespace lockstep::quant
