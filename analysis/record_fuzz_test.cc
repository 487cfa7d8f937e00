// Replays deterministic mutations of records through record_fuzz.cc, on every
// machine and under every sanitizer; LOCKSTEP_FUZZ_RUNS and the others of
// tools/cli/testing_mutator.h.

#include <string>
#include <vector>

#include "analysis/testing_records.h"
#include "gtest/gtest.h"
#include "tools/cli/testing_mutator.h"

namespace lockstep::analysis {
namespace {

// As record_fuzz.cc wants them: each payload behind its length.
std::string SeedOf(const SyntheticRun& run) {
  std::string seed;
  for (const Record& record : RecordsOf(run)) {
    const std::string payload = record.SerializeAsString();
    seed += static_cast<char>(payload.size() % 256);
    seed += static_cast<char>(payload.size() / 256);
    seed += payload;
  }
  return seed;
}

TEST(RecordFuzz, SurvivesMutations) {
  SyntheticRun one;
  one.train_images = 400;
  SyntheticRun four = one;
  four.mechanism = DDP;
  four.world_size = 4;
  four.baseline_share = 0.5;
  four.many_hosts = true;
  four.jitter = 0.05;
  FeedMutations({SeedOf(one), SeedOf(four), FileOf(RecordsOf(one))}, 1000);
}

}  // namespace
}  // namespace lockstep::analysis
