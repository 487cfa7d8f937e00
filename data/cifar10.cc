#include "data/cifar10.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

std::vector<std::string> FilesOf(Split split) {
  if (split == Split::kTest) return {"test_batch.bin"};
  return {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
          "data_batch_4.bin", "data_batch_5.bin"};
}

absl::Status CheckSize(const std::string& path, size_t size) {
  if (size == 0)
    return absl::DataLossError(absl::StrCat(path, " is empty (offset 0)"));
  const size_t rest = size % kCifarRecord;
  if (rest == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path, " is truncated: the record at offset ", size - rest,
                   " has ", rest, " of ", kCifarRecord, " bytes"));
}

}  // namespace

const char* const kCifarClassNames[kCifarClasses] = {
    "airplane", "automobile", "bird",  "cat",  "deer",
    "dog",      "frog",       "horse", "ship", "truck"};

absl::Status AppendCifar10File(const std::string& path, size_t limit,
                               ImageSet& set) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::Status status = CheckSize(path, bytes->size());
  if (!status.ok()) return status;
  for (size_t offset = 0; offset < bytes->size() && set.size() < limit;
       offset += kCifarRecord) {
    const auto* record =
        reinterpret_cast<const uint8_t*>(bytes->data()) + offset;
    if (record[0] >= kCifarClasses)
      return absl::DataLossError(
          absl::StrCat(path, ": label ", record[0], " at offset ", offset,
                       " is over 9; not a CIFAR-10 binary file?"));
    set.labels.push_back(record[0]);
    set.pixels.insert(set.pixels.end(), record + 1, record + kCifarRecord);
  }
  return absl::OkStatus();
}

absl::StatusOr<ImageSet> ReadCifar10(const std::string& directory, Split split,
                                     size_t limit) {
  ImageSet set;
  for (const std::string& file : FilesOf(split)) {
    if (set.size() >= limit) break;
    const absl::Status status =
        AppendCifar10File(absl::StrCat(directory, "/", file), limit, set);
    if (!status.ok()) return status;
  }
  if (limit != kAllImages && set.size() < limit)
    return absl::InvalidArgumentError(
        absl::StrCat(directory, " holds ", set.size(), " ",
                     split == Split::kTest ? "test" : "training",
                     " images, fewer than the ", limit, " asked for"));
  return set;
}

ImageSet SomeImages(const ImageSet& set, size_t first, size_t count) {
  const size_t end = first + std::min(count, set.size() - first);
  return {{set.labels.begin() + first, set.labels.begin() + end},
          {set.image(first), set.image(end)}};
}

}  // namespace lockstep
