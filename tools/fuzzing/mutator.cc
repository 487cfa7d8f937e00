#include "tools/fuzzing/mutator.h"

#include <utility>

namespace lockstep {

Mutator::Mutator(std::vector<std::string> seeds, uint32_t seed)
    : random_(seed), seeds_(std::move(seeds)) {}

std::string Mutator::Next() {
  std::string bytes = Seed();
  for (int changes = 1 + Below(4); changes > 0; --changes) Change(bytes);
  return bytes;
}

void Mutator::Change(std::string& bytes) {
  if (bytes.empty()) return;
  const size_t at = Below(bytes.size());
  switch (Below(6)) {
    case 0:
      bytes[at] ^= 1 << Below(8);
      break;
    case 1:
      bytes.resize(at);
      break;
    case 2:
      Splice(at, bytes);
      break;
    case 3:  // a number that is small, large, or has its continuation changed
      bytes[at] = "\x00\x01\x7f\x80\xff\x0a\x22\x2a"[Below(8)];
      break;
    case 4:
      bytes.insert(at, Varint());
      break;
    default:  // a varint in place of another, so that lengths go wrong
      bytes.replace(at, 1, Varint());
  }
}

// A piece of a file, this one or another, takes the place of as many bytes.
void Mutator::Splice(size_t at, std::string& bytes) {
  const std::string other = Seed();
  const size_t from = Below(other.size());
  bytes.replace(at, Below(64), other, from, Below(64));
}

std::string Mutator::Varint() {
  uint64_t value = uint64_t{random_()} << 32 | random_();
  value >>= Below(64);
  std::string bytes;
  for (; value >= 128; value >>= 7)
    bytes += static_cast<char>(value % 128 + 128);
  return bytes + static_cast<char>(value);
}

}  // namespace lockstep
