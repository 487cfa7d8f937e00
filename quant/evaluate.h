// From an ONNX model and images to what the report says.

#ifndef LOCKSTEP_QUANT_EVALUATE_H_
#define LOCKSTEP_QUANT_EVALUATE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "quant/accuracy.h"
#include "quant/engine.h"
#include "quant/float_graph.h"
#include "quant/normalize.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// One engine over all test images.
struct Timing {
  double seconds = 0;  // wall clock: engine, normalisation and threads
  size_t images = 0;
  int threads = 1;

  double ImagesPerSecond() const;
  // Of one thread: seconds * threads / images, in milliseconds.
  double MillisecondsPerImage() const;
};

struct Evaluation {
  PairedAccuracy accuracy;  // before: fp32, after: int8
  Timing fp32, int8;
  size_t calibration_images = 0;
  int convolutions = 0;
  int64_t macs = 0;           // an image, padded taps included
  double logit_error_db = 0;  // 10 log10(sum of fp32^2 / sum of errors^2)
};

// Calibrates `graph` (batch norm not folded) on `calibration`, runs fp32 and
// int8 on `test` and compares them. Errors are those of FoldBatchNorm,
// CalibrateMinMax and BuildIntegerGraph. Shows progress on standard error.
absl::StatusOr<Evaluation> Evaluate(const FloatGraph& graph,
                                    const Normalization& normalization,
                                    const ImageSet& calibration,
                                    const ImageSet& test,
                                    const EngineChoice& engine,
                                    const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_EVALUATE_H_
