// Replays deterministic mutations of real files through readers_fuzz.cc, on
// every machine and under every sanitizer; LOCKSTEP_FUZZ_RUNS and the others of
// tools/cli/testing_mutator.h.

#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_mutator.h"

namespace lockstep::analysis {
namespace {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const auto& entry :
       std::filesystem::directory_iterator("analysis/testdata/readers"))
    seeds.push_back(ReadFile(entry.path().string()).value());
  return seeds;
}

TEST(ReadersFuzz, SurvivesMutations) { FeedMutations(Seeds(), 3000); }

}  // namespace
}  // namespace lockstep::analysis
