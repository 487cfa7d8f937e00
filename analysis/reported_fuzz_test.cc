// Replays deterministic mutations of reported tables through reported_fuzz.cc,
// on every machine and under every sanitizer; LOCKSTEP_FUZZ_RUNS and the others
// of tools/cli/testing_mutator.h.

#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_mutator.h"

namespace lockstep::analysis {
namespace {

std::vector<std::string> FilesOf(const char* folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file())
      files.push_back(ReadFile(entry.path().string()).value());
  return files;
}

TEST(ReportedFuzz, SurvivesMutations) {
  std::vector<std::string> seeds = FilesOf("testdata/reported");
  for (std::string& seed : FilesOf("analysis/testdata/tables"))
    seeds.push_back(std::move(seed));
  FeedMutations(seeds, 1000);
}

}  // namespace
}  // namespace lockstep::analysis
