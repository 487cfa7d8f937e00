// Calibration: the range of every value over a set of images.

#ifndef LOCKSTEP_QUANT_CALIBRATE_H_
#define LOCKSTEP_QUANT_CALIBRATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/float_engine.h"
#include "quant/float_graph.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// Min-max ranges of all values of the engine's graph over `images`, normalised
// and not augmented. Minimum and maximum do not depend on any order and the
// float engine's bits do not depend on batch, so the result is the same for
// every batch size, thread count and order of the images. FailedPrecondition
// names a node whose output is not finite.
absl::StatusOr<std::vector<Range>> CalibrateMinMax(
    const FloatEngine& engine, const ImageSet& images,
    const Normalization& normalization, const Parallelism& parallelism,
    const Tick& tick = nullptr);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CALIBRATE_H_
