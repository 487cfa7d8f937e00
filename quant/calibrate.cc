#include "quant/calibrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "quant/histogram.h"
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

absl::Status CheckFinite(const FloatGraph& graph,
                         const std::vector<Range>& ranges) {
  for (size_t v = 1; v < ranges.size(); ++v)
    if (!std::isfinite(ranges[v].min) || !std::isfinite(ranges[v].max))
      return absl::FailedPreconditionError(absl::StrCat(
          "node '", graph.nodes[v - 1].name,
          "' makes values that are not finite; did training diverge?"));
  return absl::OkStatus();
}

// Passes on `done` images of pass `pass` of two.
Tick TickOfPass(int pass, size_t images, const Tick& tick) {
  if (!tick) return nullptr;
  return
      [pass, images, &tick](size_t done) { tick((pass * images + done) / 2); };
}

// A batch is counted by its thread alone; only the sums meet under the lock.
std::vector<Histogram> CountValues(const FloatEngine& engine,
                                   const ImageSet& images,
                                   const Normalization& normalization,
                                   const std::vector<Range>& ranges,
                                   const Parallelism& parallelism,
                                   const Tick& tick) {
  std::vector<Histogram> histograms(ranges.begin(), ranges.end());
  std::mutex mutex;
  ObserveValues(
      engine, images, normalization, parallelism,
      [&](int value, const float* data, size_t count) {
        Histogram batch(ranges[value]);
        batch.Add(data, count);
        const std::lock_guard<std::mutex> lock(mutex);
        histograms[value].Merge(batch);
      },
      tick);
  return histograms;
}

}  // namespace

void ObserveValues(const FloatEngine& engine, const ImageSet& images,
                   const Normalization& normalization,
                   const Parallelism& parallelism,
                   const FloatEngine::Observer& observer, const Tick& tick) {
  const size_t output_size =
      engine.graph().shapes[engine.graph().output].size();
  ForEachBatch(
      images.size(), parallelism,
      [&](int, size_t begin, size_t end) {
        std::vector<float> output((end - begin) * output_size);
        engine.Run(NormalizeImages(images, begin, end, normalization).data(),
                   end - begin, output.data(), observer);
      },
      tick);
}

absl::StatusOr<std::vector<Range>> CalibrateMinMax(
    const FloatEngine& engine, const ImageSet& images,
    const Normalization& normalization, const Parallelism& parallelism,
    const Tick& tick) {
  if (images.size() == 0)
    return absl::InvalidArgumentError("calibration needs at least one image");
  std::vector<Range> ranges(engine.graph().shapes.size());
  std::mutex mutex;
  ObserveValues(
      engine, images, normalization, parallelism,
      [&](int value, const float* data, size_t count) {
        Range batch;
        Widen(data, count, batch);
        const std::lock_guard<std::mutex> lock(mutex);
        ranges[value].min = std::min(ranges[value].min, batch.min);
        ranges[value].max = std::max(ranges[value].max, batch.max);
      },
      tick);
  const absl::Status status = CheckFinite(engine.graph(), ranges);
  if (!status.ok()) return status;
  return ranges;
}

absl::StatusOr<std::vector<Range>> Calibrate(const FloatEngine& engine,
                                             const ImageSet& images,
                                             const Normalization& normalization,
                                             const CalibrationOptions& options,
                                             const Parallelism& parallelism,
                                             const Tick& tick) {
  const absl::Status status = CheckCalibrationOptions(options);
  if (!status.ok()) return status;
  const auto method = FindCalibrationMethod(options.method)->range;
  const bool once = method == nullptr;
  auto ranges =
      CalibrateMinMax(engine, images, normalization, parallelism,
                      once ? tick : TickOfPass(0, images.size(), tick));
  if (once || !ranges.ok()) return ranges;
  const std::vector<Histogram> histograms =
      CountValues(engine, images, normalization, *ranges, parallelism,
                  TickOfPass(1, images.size(), tick));
  ForEachBatch(histograms.size(), {parallelism.threads, 1},
               [&](int, size_t value, size_t) {
                 if (value > 0)
                   (*ranges)[value] = method(histograms[value], options);
               });
  return ranges;
}

}  // namespace lockstep::quant
