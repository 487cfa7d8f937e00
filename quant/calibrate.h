// Calibration: the range of every value over a set of images.

#ifndef LOCKSTEP_QUANT_CALIBRATE_H_
#define LOCKSTEP_QUANT_CALIBRATE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/calibration_method.h"
#include "quant/float_engine.h"
#include "quant/float_graph.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// Ranges of all values of the engine's graph over `images`, normalised and not
// augmented, by `options.method`; each holds 0. That of the input is always
// min-max: pixels are stored as they are. Images pass twice, first for the
// extremes, then to be counted; minmax needs the first pass only. `tick` is
// told images of all passes together, scaled to the number of images.
//
// Minima, maxima and counts do not depend on any order and the float engine's
// bits do not depend on batch, so the result is the same bytes for every batch
// size, thread count and order of the images. InvalidArgument: no images, or
// what CheckCalibrationOptions says; FailedPrecondition names a node whose
// output is not finite.
absl::StatusOr<std::vector<Range>> Calibrate(const FloatEngine& engine,
                                             const ImageSet& images,
                                             const Normalization& normalization,
                                             const CalibrationOptions& options,
                                             const Parallelism& parallelism,
                                             const Tick& tick = nullptr);

// The same with the method minmax: the first pass.
absl::StatusOr<std::vector<Range>> CalibrateMinMax(
    const FloatEngine& engine, const ImageSet& images,
    const Normalization& normalization, const Parallelism& parallelism,
    const Tick& tick = nullptr);

// Runs `engine` over all images for `observer`, which threads call at once.
void ObserveValues(const FloatEngine& engine, const ImageSet& images,
                   const Normalization& normalization,
                   const Parallelism& parallelism,
                   const FloatEngine::Observer& observer, const Tick& tick);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CALIBRATE_H_
