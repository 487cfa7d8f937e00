// Deterministic mutations of real files: a fuzzer's inputs wherever tests run.

#ifndef LOCKSTEP_TOOLS_FUZZING_MUTATOR_H_
#define LOCKSTEP_TOOLS_FUZZING_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lockstep {

class Mutator {
 public:
  // Mutates files of `seeds`, which are protobuf or have such parts.
  Mutator(std::vector<std::string> seeds, uint32_t seed);

  // One of the files with one to four changes.
  std::string Next();

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& Seed() { return seeds_[Below(seeds_.size())]; }
  void Change(std::string& bytes);
  void Splice(size_t at, std::string& bytes);
  std::string Varint();

  std::mt19937 random_;
  const std::vector<std::string> seeds_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_FUZZING_MUTATOR_H_
