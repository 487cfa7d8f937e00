#include "quant/layer_figure.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

LayerErrors Errors(uint8_t code) {
  LayerErrors errors;
  const float real = 10;
  errors.Add(&real, &code, 1, 1, 0);
  return errors;
}

TEST(LayerFigure, LeavesOutExactLayers) {
  const FigureScript figure = LayerFigure(
      {{"a", Errors(9), {}}, {"b", Errors(10), {}}, {"c", Errors(11), {}}});
  EXPECT_THAT(figure.script, HasSubstr("EOD\n1 20 20 20\n3 20 20 20\nEOD"));
}

TEST(LayerFigure, OnePointIsNoLine) {
  EXPECT_EQ(LayerFigure({}).script, "");
  EXPECT_EQ(LayerFigure({{"a", Errors(9), {}}}).script, "");
}

}  // namespace
}  // namespace lockstep::quant
