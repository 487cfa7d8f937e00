// Several texts in one: a fuzzer's input for what reads several.

#ifndef LOCKSTEP_TOOLS_FUZZING_PARTS_H_
#define LOCKSTEP_TOOLS_FUZZING_PARTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace lockstep {

// The parts of `bytes`, each behind its length (2 bytes, little endian); the
// last one may be shorter than it says. They point into `bytes`.
inline std::vector<absl::string_view> Parts(absl::string_view bytes) {
  std::vector<absl::string_view> parts;
  while (bytes.size() >= 2) {
    const size_t length =
        static_cast<uint8_t>(bytes[0]) + 256 * static_cast<uint8_t>(bytes[1]);
    parts.push_back(bytes.substr(2, length));
    bytes.remove_prefix(std::min(bytes.size(), length + 2));
  }
  return parts;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_FUZZING_PARTS_H_
