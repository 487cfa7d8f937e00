// What a fuzzer feeds with bytes: a folder of CIFAR-10 files is refused, or its
// images are those of the files.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "data/cifar10.h"
#include "tools/cli/temporary_folder.h"
#include "tools/fuzzing/parts.h"

namespace {

using namespace lockstep;

constexpr const char* kFiles[] = {"test_batch.bin",   "data_batch_1.bin",
                                  "data_batch_2.bin", "data_batch_3.bin",
                                  "data_batch_4.bin", "data_batch_5.bin"};

const std::string& Folder() {
  static TemporaryFolder folder;
  static const absl::Status status = folder.Make();
  if (!status.ok()) std::abort();
  return folder.path();
}

// A file a part; those without one do not exist.
void WriteFiles(const std::vector<absl::string_view>& parts) {
  for (size_t i = 0; i < std::size(kFiles); ++i) {
    const std::string path = absl::StrCat(Folder(), "/", kFiles[i]);
    std::remove(path.c_str());
    if (i >= parts.size()) continue;
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) std::abort();
    std::fwrite(parts[i].data(), 1, parts[i].size(), file);
    std::fclose(file);
  }
}

void Read(Split split, size_t limit) {
  const auto set = ReadCifar10(Folder(), split, limit);
  if (!set.ok()) return;
  if (set->size() > limit) std::abort();
  if (set->pixels.size() != set->size() * kCifarPixels) std::abort();
  for (const uint8_t label : set->labels)
    if (label >= kCifarClasses) std::abort();
  if (SomeImages(*set, 0, 2).size() > 2) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  WriteFiles(Parts({reinterpret_cast<const char*>(data), size}));
  for (const Split split : {Split::kTrain, Split::kTest})
    for (const size_t limit : {size_t{0}, size_t{2}, kAllImages})
      Read(split, limit);
  return 0;
}
