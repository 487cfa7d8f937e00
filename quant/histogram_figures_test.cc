#include "quant/histogram_figures.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HistogramFigures, PagesOfTenLayers) {
  std::vector<LayerHistograms> layers(21);
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].layer = "conv" + std::to_string(i);
    layers[i].weights = {-128.5, 1, std::vector<int64_t>(256, i)};
    layers[i].biases = {-1, 0.03, std::vector<int64_t>(64, 1)};
  }
  const auto figures = HistogramFigures(layers);
  ASSERT_EQ(figures.size(), 3);
  EXPECT_EQ(figures[0].name, "histogramsa");
  EXPECT_EQ(figures[2].name, "histogramsc");
  EXPECT_THAT(figures[1].caption, StartsWith("Layers 11 to 20 of 21"));
  EXPECT_THAT(figures[2].script, HasSubstr("'conv20: weights'"));
  EXPECT_EQ(figures[2].height, 110);
  for (const FigureScript& figure : figures) {
    const HtmlFigure drawn = DrawFigure(figure);
    EXPECT_THAT(drawn.svg + drawn.problem,
                AnyOf(StartsWith("<svg"), HasSubstr("not in PATH")));
  }
  EXPECT_TRUE(HistogramFigures({}).empty());
}

}  // namespace
}  // namespace lockstep::quant
