#include "analysis/laws_table.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

// `seconds` a step, whatever the ranks exchange.
SyntheticRun Timed(uint32_t ranks, uint32_t batch, double seconds,
                   const std::string& id = "") {
  SyntheticRun run = Ranks(ranks, batch);
  absl::StrAppend(&run.id, id);
  run.alpha_s = 1e-6;
  run.beta = 1e12;
  run.forward_s += seconds - StepOf(run);
  return run;
}

double Amdahl(uint32_t ranks) { return 0.2 + 0.6 / ranks; }

TEST(KarpFlattTable, ThroughputIsNamedWhatItIs) {
  const Table table =
      KarpFlattTable(GroupsOf({Timed(1, 400, 0.8), Timed(2, 200, 0.5),
                               Timed(4, 100, 0.35), Timed(2, 400, 0.8)}));
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(CellAt(table, 0, "scaling"), "strong, #1 (P = 1, batch 400)");
  EXPECT_THAT(CellAt(table, 0, "e"), HasSubstr("+0.2500"));
  EXPECT_THAT(CellAt(table, 1, "e"), HasSubstr("+0.2500"));
  EXPECT_EQ(CellAt(table, 2, "scaling"), "throughput, #1 (P = 1, batch 400)");
  EXPECT_THAT(table.notes, Contains(HasSubstr("like a serial part")));
}

TEST(ScalingLawsTable, AmdahlOfStrongRuns) {
  std::vector<SyntheticRun> runs;
  for (const uint32_t ranks : {1, 2, 4, 8})
    for (const double noise : {0.99, 1.0, 1.01})
      runs.push_back(Timed(ranks, 400 / ranks, noise * Amdahl(ranks),
                           absl::StrCat(noise)));
  const Table table = ScalingLawsTable(GroupsOf(runs));
  ASSERT_EQ(table.rows.size(), 6);  // two of Amdahl, four of USL
  EXPECT_EQ(CellAt(table, 0, "parameter"), "T(1) (ms)");
  EXPECT_EQ(CellAt(table, 1, "law"), "Amdahl");
  EXPECT_EQ(CellAt(table, 1, "P"), "1, 2, 4, 8");
  EXPECT_EQ(CellAt(table, 1, "points"), "12");
  EXPECT_THAT(CellAt(table, 1, "value"), HasSubstr("0.2500 [0.2"));
  EXPECT_THAT(CellAt(table, 1, "largest residual (%)"), HasSubstr("1.0"));
  EXPECT_THAT(CellAt(table, 3, "value"), HasSubstr("0.25"));
}

TEST(ScalingLawsTable, RefusalsAreNotesOnceAReason) {
  const Table table = ScalingLawsTable(
      GroupsOf({Timed(1, 100, 0.1), Timed(2, 100, 0.11), Timed(4, 100, 0.12),
                Timed(1, 200, 0.2), Timed(2, 200, 0.21)}));
  EXPECT_THAT(table.notes,
              Contains(HasSubstr("Amdahl's law is about strong scaling, these "
                                 "points are throughput: throughput, #")));
  EXPECT_THAT(table.notes, Contains(HasSubstr("needs 4 different numbers")));
  EXPECT_THAT(table.notes, Contains(HasSubstr("an exact fit")));
}

TEST(ScalingLawsTable, NothingToFit) {
  const Table table = ScalingLawsTable(GroupsOf({Ranks(1, 100)}));
  EXPECT_THAT(table.rows, SizeIs(0));
  EXPECT_THAT(table.notes, SizeIs(0));
  EXPECT_THAT(ScalingLawsTable({}).rows, SizeIs(0));
}

TEST(AlphaBetaTable, TrainingAndAloneBesideEachOther) {
  SyntheticRun run = Ranks(2, 100);
  run.baseline_share = 0.5;
  const Table table = AlphaBetaTable(GroupsOf({run}));
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(CellAt(table, 0, "from"), "training");
  EXPECT_EQ(CellAt(table, 0, "sizes"), "2, 1 to 3 MB");
  EXPECT_EQ(CellAt(table, 0, "alpha (us)"), "500.0");  // 1 ms in 2 messages
  EXPECT_EQ(CellAt(table, 0, "beta (GB/s)"), "1.000");
  EXPECT_EQ(CellAt(table, 1, "from"), "alone");
  EXPECT_THAT(CellAt(table, 1, "beta (GB/s)"), HasSubstr("["));
}

TEST(AlphaBetaTable, SeveralNumbersOfRanksTogether) {
  const Table table = AlphaBetaTable(GroupsOf({Ranks(2, 100), Ranks(4, 100)}));
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(CellAt(table, 2, "P"), "2, 4");
  EXPECT_EQ(CellAt(table, 2, "#"), "#1, #2");
}

TEST(AlphaBetaTable, RunsWithoutPartsOrBuckets) {
  std::vector<RunGroup> groups = GroupsOf({Ranks(1, 100), Ranks(2, 100)});
  for (RunGroup& group : groups) {
    group.runs[0].buckets.clear();
    group.runs[0].measurement.sampled.clear();
    group.runs[0].measurement.step_s = {0.03};
  }
  EXPECT_EQ(LawsTables(groups).size(), 3);
  EXPECT_TRUE(AlphaBetaTable(groups).rows.empty());
}

}  // namespace
}  // namespace lockstep::analysis
