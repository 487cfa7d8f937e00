#include "quant/quantize_net.h"

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "quant/build_integer_graph.h"
#include "quant/calibrate.h"
#include "quant/calibration_record.h"
#include "quant/correct_bias.h"
#include "quant/equalize.h"
#include "quant/float_engine.h"
#include "quant/round_weights.h"
#include "quant/run_memory.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

std::map<std::string, std::string> Metadata(const CalibrationRecord& record) {
  const Normalization& n = record.normalization;
  return {{kCalibrationKey, WriteCalibrationRecord(record)},
          {"lockstep.mean", absl::StrJoin(n.mean, ",")},
          {"lockstep.std", absl::StrJoin(n.std, ",")}};
}

}  // namespace

absl::StatusOr<QuantizedNet> QuantizeNet(const FloatGraph& graph,
                                         const Normalization& normalization,
                                         const CalibrationImages& calibration,
                                         const QuantizeOptions& options,
                                         const Parallelism& wanted) {
  auto folded = FoldBatchNorm(graph);
  if (!folded.ok()) return folded.status();
  if (options.equalize) folded = Equalize(*std::move(folded));
  const ImageSet& images = calibration.images;
  const Parallelism parallelism =
      FittingParallelism(wanted, FloatRunBytes(*folded));
  Progress progress(
      "calibration", "images",
      images.size() * (1 + options.correct_bias + options.round_for_outputs));
  const auto tick = [&](int pass) {
    return [&progress, done_before = pass * images.size()](size_t done) {
      progress.Update(done_before + done);
    };
  };
  const auto ranges = Calibrate(FloatEngine(*folded), images, normalization,
                                options.calibration, parallelism, tick(0));
  if (!ranges.ok()) return ranges.status();
  const auto corrected =
      options.correct_bias ? CorrectBiases(*folded, *ranges, images,
                                           normalization, parallelism, tick(1))
                           : *folded;
  if (!corrected.ok()) return corrected.status();
  QuantizedGraph quantized =
      QuantizeGraph(*corrected, *ranges, normalization, options.dialect);
  if (options.round_for_outputs)
    RoundForOutputs(*folded, images, normalization, parallelism, quantized,
                    tick(1 + options.correct_bias));
  auto integer = BuildIntegerGraph(quantized);
  if (!integer.ok()) return integer.status();
  const CalibrationRecord record = {options.calibration,
                                    images.size(),
                                    options.seed,
                                    calibration.crc32c,
                                    options.equalize,
                                    options.correct_bias,
                                    options.round_for_outputs,
                                    normalization,
                                    NameRanges(*folded, *ranges)};
  return QuantizedNet{ModelKind::kFloat,    *std::move(folded),
                      std::move(quantized), *std::move(integer),
                      normalization,        Metadata(record)};
}

}  // namespace lockstep::quant
