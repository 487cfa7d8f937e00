#include "quant/value_histograms.h"

#include <algorithm>
#include <limits>

namespace lockstep::quant {
namespace {

constexpr size_t kCodes = 256;
constexpr size_t kRealBins = 64;

template <typename Code>
void Count(const Code* codes, size_t count, ValueHistogram& histogram) {
  constexpr int kLowest = std::numeric_limits<Code>::min();
  histogram.first = kLowest - 0.5;  // a bin around each code
  histogram.counts.resize(kCodes);
  for (size_t i = 0; i < count; ++i) ++histogram.counts[codes[i] - kLowest];
}

}  // namespace

void CountCodes(const uint8_t* codes, size_t count, ValueHistogram& histogram) {
  Count(codes, count, histogram);
}

void CountCodes(const int8_t* codes, size_t count, ValueHistogram& histogram) {
  Count(codes, count, histogram);
}

ValueHistogram HistogramOfReals(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  // Equal values still need bins that can be told apart.
  const double width = std::max({*high - *low, 1e-3 * std::abs(*low), 1e-9});
  ValueHistogram histogram = {*low, width / kRealBins,
                              std::vector<int64_t>(kRealBins)};
  for (const double value : values)
    ++histogram.counts[std::min<size_t>((value - *low) / histogram.step,
                                        kRealBins - 1)];
  return histogram;
}

std::vector<LayerHistograms> ParameterHistograms(const QuantizedGraph& graph) {
  std::vector<LayerHistograms> layers;
  for (size_t i = 0; i < graph.weights.size(); ++i) {
    const QuantizedWeights& weights = graph.weights[i];
    if (weights.values.empty()) continue;
    LayerHistograms layer;
    layer.layer = graph.graph.nodes[i].name;
    CountCodes(weights.values.data(), weights.values.size(), layer.weights);
    std::vector<double> biases;
    for (size_t c = 0; c < weights.bias.size(); ++c)
      biases.push_back(double{weights.bias_scale[c]} * weights.bias[c]);
    layer.biases = HistogramOfReals(biases);
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace lockstep::quant
