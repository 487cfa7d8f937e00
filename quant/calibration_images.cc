#include "quant/calibration_images.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "data/counter_random.h"
#include "isa-l/crc.h"

namespace lockstep::quant {
namespace {

// Tells these draws from the samplers' and the augmentation's with one seed.
constexpr uint64_t kStream = 0x63616c6962;  // "calib"

ImageSet Pick(const ImageSet& all, const std::vector<size_t>& indices) {
  ImageSet picked;
  for (size_t i : indices) {
    picked.labels.push_back(all.labels[i]);
    picked.pixels.insert(picked.pixels.end(), all.image(i),
                         all.image(i) + kCifarPixels);
  }
  return picked;
}

}  // namespace

std::vector<size_t> DrawIndices(size_t count, size_t total, uint64_t seed) {
  std::vector<size_t> indices(total);
  std::iota(indices.begin(), indices.end(), 0);
  CounterRandom random(seed, kStream, 0);
  for (size_t i = 0; seed != 0 && i < count; ++i)
    std::swap(indices[i], indices[i + random.Below(total - i)]);
  indices.resize(count);
  std::sort(indices.begin(), indices.end());
  return indices;
}

absl::StatusOr<CalibrationImages> ReadCalibrationImages(
    const std::string& directory, size_t count, uint64_t seed) {
  auto all =
      ReadCifar10(directory, Split::kTrain, seed == 0 ? count : kAllImages);
  if (!all.ok()) return all.status();
  if (count > all->size())
    return absl::InvalidArgumentError(
        absl::StrCat(directory, " holds ", all->size(), " training images, ",
                     count, " are wanted for calibration"));
  CalibrationImages result;
  result.indices = DrawIndices(count, all->size(), seed);
  result.images = Pick(*all, result.indices);
  result.crc32c = PixelsCrc32c(result.images);
  return result;
}

uint32_t PixelsCrc32c(const ImageSet& images) {
  uint32_t crc = ~0u;
  // An image at a time: ISA-L takes lengths as int. It also takes a non-const
  // pointer, and leaves the final inversion to the caller.
  for (size_t i = 0; i < images.size(); ++i)
    crc = crc32_iscsi(const_cast<uint8_t*>(images.image(i)), kCifarPixels, crc);
  return ~crc;
}

}  // namespace lockstep::quant
