// Which training images calibrate a net.

#ifndef LOCKSTEP_QUANT_CALIBRATION_IMAGES_H_
#define LOCKSTEP_QUANT_CALIBRATION_IMAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/cifar10.h"

namespace lockstep::quant {

struct CalibrationImages {
  ImageSet images;
  std::vector<size_t> indices;  // ascending, into the training images
  uint32_t crc32c = 0;          // of the pixels of `images`, labels left out
};

// `count` different numbers below `total` in ascending order: 0, 1, ... if
// `seed` is 0, else drawn with CounterRandom, the same on every machine.
// `count` is at most `total`, which is below 2^32.
std::vector<size_t> DrawIndices(size_t count, size_t total, uint64_t seed);

// The training images of `directory` that DrawIndices picks, of all that there
// are. Errors are ReadCifar10's; too few images are InvalidArgument.
absl::StatusOr<CalibrationImages> ReadCalibrationImages(
    const std::string& directory, size_t count, uint64_t seed);

// CRC-32C (Castagnoli, iSCSI's) of the pixels.
uint32_t PixelsCrc32c(const ImageSet& images);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CALIBRATION_IMAGES_H_
