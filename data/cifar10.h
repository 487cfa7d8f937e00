// CIFAR-10 in its published binary layout.
//
// A file is a sequence of 3,073-byte records: one label byte (0-9), then 3,072
// pixel bytes as three 32x32 planes R, G, B, each row by row. A folder holds
// data_batch_1.bin ... data_batch_5.bin and test_batch.bin; any whole number of
// records a file is accepted, so samples of the set work like the set.
// Format: https://www.cs.toronto.edu/~kriz/cifar.html

#ifndef LOCKSTEP_DATA_CIFAR10_H_
#define LOCKSTEP_DATA_CIFAR10_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/cifar10_shape.h"

namespace lockstep {

constexpr size_t kCifarRecord = 1 + kCifarPixels;

// The class names in label order.
extern const char* const kCifarClassNames[kCifarClasses];

// Images in memory. Immutable after reading, so any thread may read it.
struct ImageSet {
  std::vector<uint8_t> labels;  // [n]
  std::vector<uint8_t> pixels;  // [n][3][32][32]

  size_t size() const { return labels.size(); }
  // The 3,072 bytes of image `i`.
  const uint8_t* image(size_t i) const {
    return pixels.data() + i * kCifarPixels;
  }
};

enum class Split { kTrain, kTest };

constexpr size_t kAllImages = std::numeric_limits<size_t>::max();

// Appends the records of one file to `set` until it holds `limit` images. An
// unreadable file is NotFound or PermissionDenied; an empty file, a size that
// is not a whole number of records (also in the part that the limit leaves out)
// and a label over 9 are DataLoss naming file and byte offset.
absl::Status AppendCifar10File(const std::string& path, size_t limit,
                               ImageSet& set);

// The first `limit` images of a split in file order. Asking for more images
// than the folder holds is InvalidArgument, except for kAllImages.
absl::StatusOr<ImageSet> ReadCifar10(const std::string& directory, Split split,
                                     size_t limit = kAllImages);

// `count` images of a set from `first` on; fewer where it ends.
ImageSet SomeImages(const ImageSet& set, size_t first, size_t count);

}  // namespace lockstep

#endif  // LOCKSTEP_DATA_CIFAR10_H_
