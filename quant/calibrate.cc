#include "quant/calibrate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "quant/normalize.h"

namespace lockstep::quant {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

void Widen(const float* data, size_t count, Range& range) {
  for (size_t i = 0; i < count; ++i) {
    if (std::isnan(data[i])) range = {-kInfinity, kInfinity};
    range.min = std::min(range.min, data[i]);
    range.max = std::max(range.max, data[i]);
  }
}

std::vector<Range> Merge(const std::vector<std::vector<Range>>& parts) {
  std::vector<Range> merged = parts[0];
  for (const std::vector<Range>& part : parts)
    for (size_t v = 0; v < merged.size(); ++v) {
      merged[v].min = std::min(merged[v].min, part[v].min);
      merged[v].max = std::max(merged[v].max, part[v].max);
    }
  return merged;
}

absl::Status CheckFinite(const FloatGraph& graph,
                         const std::vector<Range>& ranges) {
  for (size_t v = 1; v < ranges.size(); ++v)
    if (!std::isfinite(ranges[v].min) || !std::isfinite(ranges[v].max))
      return absl::FailedPreconditionError(absl::StrCat(
          "node '", graph.nodes[v - 1].name,
          "' makes values that are not finite; did training diverge?"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Range>> CalibrateMinMax(
    const FloatEngine& engine, const ImageSet& images,
    const Normalization& normalization, const Parallelism& parallelism,
    const Tick& tick) {
  const FloatGraph& graph = engine.graph();
  if (images.size() == 0)
    return absl::InvalidArgumentError("calibration needs at least one image");
  std::vector<std::vector<Range>> parts(
      parallelism.threads,
      std::vector<Range>(graph.shapes.size(), {kInfinity, -kInfinity}));
  ForEachBatch(
      images.size(), parallelism,
      [&](int thread, size_t begin, size_t end) {
        std::vector<float> output((end - begin) *
                                  graph.shapes[graph.output].size());
        engine.Run(NormalizeImages(images, begin, end, normalization).data(),
                   end - begin, output.data(),
                   [&](int value, const float* data, size_t count) {
                     Widen(data, count, parts[thread][value]);
                   });
      },
      tick);
  std::vector<Range> ranges = Merge(parts);
  const absl::Status status = CheckFinite(graph, ranges);
  if (!status.ok()) return status;
  return ranges;
}

}  // namespace lockstep::quant
