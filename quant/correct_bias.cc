#include "quant/correct_bias.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <utility>

#include "quant/calibrate.h"
#include "quant/float_engine.h"
#include "quant/weight_scale.h"

namespace lockstep::quant {
namespace {

// The sum of one value's elements over images, in fixed point, so that it does
// not depend on their order. Elements are below 2^40 units, so 2^22 images (84
// times the training images of CIFAR-10) stay below 2^62; an element is off by
// half a unit, 2^-40 of the range's end.
class MeanMap {
 public:
  MeanMap(const Range& range, size_t size)
      : range_(range), exponent_(0), sums_(size) {
    std::frexp(std::max(-range.min, range.max), &exponent_);
    exponent_ -= 40;
  }

  bool empty() const { return sums_.empty(); }

  // `data` is [images][size].
  void Add(const float* data, size_t count) {
    const double units = std::ldexp(1.0, -exponent_);
    for (size_t i = 0; i < count; i += sums_.size())
      for (size_t e = 0; e < sums_.size(); ++e)
        sums_[e] += std::llrint(units * Clip(data[i + e]));
  }

  void Merge(const MeanMap& other) {
    for (size_t e = 0; e < sums_.size(); ++e) sums_[e] += other.sums_[e];
  }

  std::vector<float> Mean(size_t images) const {
    std::vector<float> mean(sums_.size());
    for (size_t e = 0; e < mean.size(); ++e)
      mean[e] = std::ldexp(double(sums_[e]) / images, exponent_);
    return mean;
  }

 private:
  // This order of arguments turns a NaN into range.min.
  float Clip(float x) const {
    return std::min(range_.max, std::max(range_.min, x));
  }

  Range range_;
  int exponent_;  // log2 of a unit
  std::vector<int64_t> sums_;
};

// Mean maps of the values that convolutions read; others are empty.
std::vector<MeanMap> EmptyMaps(const FloatGraph& graph,
                               const std::vector<Range>& ranges) {
  std::vector<size_t> sizes(graph.shapes.size());
  for (const FloatNode& node : graph.nodes)
    if (node.op == Op::kConv)
      sizes[node.inputs[0]] = graph.shapes[node.inputs[0]].size();
  std::vector<MeanMap> maps;
  for (size_t v = 0; v < sizes.size(); ++v)
    maps.emplace_back(ranges[v], sizes[v]);
  return maps;
}

// A batch is added up by its thread alone; only the sums meet under the lock.
std::vector<MeanMap> MeanMaps(const FloatGraph& graph,
                              const std::vector<Range>& ranges,
                              const ImageSet& images,
                              const Normalization& normalization,
                              const Parallelism& parallelism,
                              const Tick& tick) {
  const std::vector<MeanMap> empty = EmptyMaps(graph, ranges);
  std::vector<MeanMap> maps = empty;
  std::mutex mutex;
  ObserveValues(
      FloatEngine(graph), images, normalization, parallelism,
      [&](int value, const float* data, size_t count) {
        MeanMap batch = empty[value];
        if (batch.empty()) return;
        batch.Add(data, count);
        const std::lock_guard<std::mutex> lock(mutex);
        maps[value].Merge(batch);
      },
      tick);
  return maps;
}

// Rounded minus exact weights. `unit` is, of each input channel, what the
// rounded weight is multiplied by to be the exact one.
std::vector<float> RoundingErrors(const FloatNode& node,
                                  const std::vector<double>& unit) {
  const size_t count = node.weights.size() / node.bias.size();
  const size_t taps = count / unit.size();
  std::vector<float> scaled(count), errors;
  for (size_t begin = 0; begin < node.weights.size(); begin += count) {
    for (size_t i = 0; i < count; ++i)
      scaled[i] = node.weights[begin + i] / unit[i / taps];
    const float scale = WeightScale(scaled.data(), count);
    for (size_t i = 0; i < count; ++i)
      errors.push_back(
          (double{scale} * RoundWeight(scaled[i], scale) - scaled[i]) *
          unit[i / taps]);
  }
  return errors;
}

// A pixel step is 1 / (255 std) in normalised numbers, so weights of raw pixels
// are that much smaller. Other values are read as they are.
std::vector<double> InputUnits(const FloatGraph& graph, int input,
                               const Normalization& normalization) {
  std::vector<double> units(graph.shapes[input].channels, 1.0);
  if (input == 0)
    for (size_t c = 0; c < units.size(); ++c)
      units[c] = 255 * double{normalization.std[c]};
  return units;
}

// The mean over the map of each channel of `errors` convolved with `mean`.
absl::StatusOr<std::vector<double>> MeanShift(const FloatNode& node,
                                              const Shape& shape,
                                              std::vector<float> errors,
                                              const std::vector<float>& mean) {
  FloatGraph graph = EmptyGraph(shape);
  FloatNode conv = {Op::kConv, node.name, {0}, node.window};
  conv.weights = std::move(errors);
  conv.bias.resize(node.bias.size());
  const auto output = AppendNode(std::move(conv), graph);
  if (!output.ok()) return output.status();
  graph.output = *output;
  std::vector<float> shifts(graph.shapes[*output].size());
  FloatEngine(graph).Run(mean.data(), 1, shifts.data());
  std::vector<double> means;
  const size_t map = shifts.size() / node.bias.size();
  for (auto p = shifts.begin(); p != shifts.end(); p += map)
    means.push_back(std::accumulate(p, p + map, 0.0) / map);
  return means;
}

}  // namespace

absl::StatusOr<FloatGraph> CorrectBiases(const FloatGraph& folded,
                                         const std::vector<Range>& ranges,
                                         const ImageSet& images,
                                         const Normalization& normalization,
                                         const Parallelism& parallelism,
                                         const Tick& tick) {
  if (images.size() == 0)
    return absl::InvalidArgumentError(
        "bias correction needs at least one image");
  if (ranges.size() != folded.shapes.size())
    return absl::InternalError("one range for each value is needed");
  const std::vector<MeanMap> maps =
      MeanMaps(folded, ranges, images, normalization, parallelism, tick);
  FloatGraph corrected = folded;
  for (FloatNode& node : corrected.nodes) {
    if (node.op != Op::kConv) continue;
    const int input = node.inputs[0];
    const auto shift = MeanShift(
        node, folded.shapes[input],
        RoundingErrors(node, InputUnits(folded, input, normalization)),
        maps[input].Mean(images.size()));
    if (!shift.ok()) return shift.status();
    for (size_t c = 0; c < node.bias.size(); ++c) node.bias[c] -= (*shift)[c];
  }
  return corrected;
}

}  // namespace lockstep::quant
