#include "quant/quantize_net.h"

#include <utility>

#include "quant/build_integer_graph.h"
#include "quant/calibrate.h"
#include "quant/float_engine.h"
#include "quant/quantize_graph.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

absl::StatusOr<std::vector<Range>> Calibrate(const FloatGraph& folded,
                                             const Normalization& normalization,
                                             const ImageSet& images,
                                             const Parallelism& parallelism) {
  Progress progress("calibration", "images", images.size());
  return CalibrateMinMax(FloatEngine(folded), images, normalization,
                         parallelism,
                         [&](size_t done) { progress.Update(done); });
}

}  // namespace

absl::StatusOr<QuantizedNet> QuantizeNet(const FloatGraph& graph,
                                         const Normalization& normalization,
                                         const ImageSet& calibration,
                                         const Parallelism& parallelism) {
  auto folded = FoldBatchNorm(graph);
  if (!folded.ok()) return folded.status();
  auto ranges = Calibrate(*folded, normalization, calibration, parallelism);
  if (!ranges.ok()) return ranges.status();
  QuantizedGraph quantized =
      QuantizeGraph(*folded, *ranges, normalization, Dialect::kFused);
  auto integer = BuildIntegerGraph(quantized);
  if (!integer.ok()) return integer.status();
  return QuantizedNet{*std::move(folded),   normalization,
                      *std::move(ranges),   calibration.size(),
                      std::move(quantized), *std::move(integer)};
}

}  // namespace lockstep::quant
