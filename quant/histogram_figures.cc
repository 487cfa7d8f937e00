#include "quant/histogram_figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "report/step_panels.h"

namespace lockstep::quant {
namespace {

constexpr size_t kLayersAFigure = 10;
constexpr int kColumns = 3;
constexpr int kWidth = 960, kRowHeight = 110;  // pixels

// Letters only: 0 is "a", 25 "z", 26 "za".
std::string Letters(size_t number) {
  return absl::StrCat(std::string(number / 26, 'z'),
                      std::string(1, char('a' + number % 26)));
}

StepPanel Panel(const std::string& layer, const char* what,
                const ValueHistogram& histogram) {
  return {absl::StrCat(layer, ": ", what), histogram.first, histogram.step,
          histogram.counts};
}

}  // namespace

std::vector<FigureScript> HistogramFigures(
    const std::vector<LayerHistograms>& layers) {
  std::vector<FigureScript> figures;
  for (size_t begin = 0; begin < layers.size(); begin += kLayersAFigure) {
    const size_t end = std::min(begin + kLayersAFigure, layers.size());
    std::vector<StepPanel> panels;
    for (size_t i = begin; i < end; ++i) {
      const LayerHistograms& layer = layers[i];
      panels.push_back(Panel(layer.layer, "weights", layer.weights));
      panels.push_back(Panel(layer.layer, "activations", layer.activations));
      panels.push_back(Panel(layer.layer, "biases", layer.biases));
    }
    figures.push_back(
        {absl::StrCat("histograms", Letters(figures.size())),
         absl::StrCat("Layers ", begin + 1, " to ", end, " of ", layers.size(),
                      ": how often each code of the weights (s8) and of the "
                      "stored activations (u8) occurs, and the biases as real "
                      "numbers; counts are logarithmic."),
         StepPanelsScript(panels, kColumns), kWidth,
         int(end - begin) * kRowHeight});
  }
  return figures;
}

}  // namespace lockstep::quant
