// Images as the float net's input, and where its normalisation comes from.

#ifndef LOCKSTEP_QUANT_NORMALIZE_H_
#define LOCKSTEP_QUANT_NORMALIZE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "data/cifar10.h"

namespace lockstep::quant {

// Images [begin, end) as [end - begin][3][32][32] normalised floats, without
// augmentation.
std::vector<float> NormalizeImages(const ImageSet& images, size_t begin,
                                   size_t end,
                                   const Normalization& normalization);

struct NormalizationChoice {
  Normalization normalization;
  std::string source;  // for the report
};

// The model's "lockstep.mean" and "lockstep.std" (each "R,G,B", of pixels
// scaled to [0, 1]) if it has them, else the flags --mean and --std, else
// CIFAR-10's. Both or neither must be given. InvalidArgument names the source
// and the text if a number does not parse, a mean is outside [0, 1] or a
// standard deviation outside [0.001, 100].
absl::StatusOr<NormalizationChoice> ChooseNormalization(
    const std::map<std::string, std::string>& metadata, const std::string& mean,
    const std::string& std);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_NORMALIZE_H_
