// The main of a fuzzer's test: every file of its corpus, then mutations of
// them, the same ones every time.
//
//   X_fuzz_test FOLDER MUTATIONS [SEED]
//
// What crashed is the last line before the crash; another SEED makes other
// mutations.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/file.h"
#include "tools/fuzzing/mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void Feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                         bytes.size());
}

// Sorted, so that every machine has the same order.
std::vector<std::string> PathsIn(const char* folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "use: %s FOLDER MUTATIONS [SEED]\n", argv[0]);
    return 2;
  }
  std::vector<std::string> corpus;
  for (const std::string& path : PathsIn(argv[1])) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    corpus.push_back(lockstep::ReadFile(path).value());
    Feed(corpus.back());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no corpus\n", argv[1]);
    return 1;
  }
  lockstep::Mutator mutator(corpus, argc > 3 ? std::atoi(argv[3]) : 1);
  const int mutations = std::atoi(argv[2]);
  for (int i = 0; i < mutations; ++i) {
    if (i % 1000 == 0) std::printf("mutations from %d on\n", i);
    std::fflush(stdout);
    Feed(mutator.Next());
  }
  return 0;
}
