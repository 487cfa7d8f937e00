#include "train/lifeline/verdict.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

const RankIdentity kWho = {2, "n1", 4711};
const RankProgress kWhere = {361, 120, 1, "backward"};

TEST(Verdict, CausesNameRankHostPidAndPlace) {
  const std::string who = "rank 2 (host n1, pid 4711)";
  const struct {
    Verdict verdict;
    std::string begin;
  } rows[] = {
      {ConnectionClosed(kWho, &kWhere),
       who + " was lost: its connection closed at step 120 (backward);"},
      {LinkLost(kWho, &kWhere, milliseconds(8000)),
       who + " was lost: no answer over the network for 8.0 s at step 120 "
             "(backward);"},
      {Failed(kWho, &kWhere, "no memory"),
       who + " failed at step 120 (backward): no memory"},
      {Silent(kWho, &kWhere, milliseconds(5040)),
       who + " has made no progress for 5.0 s at step 120 (backward): its "
             "whole process stands still (--step_timeout)"},
      {Stalled(kWho, &kWhere, milliseconds(5000)),
       who + " has made no progress for 5.0 s at step 120 (backward) "
             "(--step_timeout)"},
      {Failed(kWho, nullptr, "no memory"), who + " failed: no memory"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(row.verdict.rank, 2);
    EXPECT_EQ(row.verdict.cause.substr(0, row.begin.size()), row.begin);
  }
}

TEST(Verdict, NobodyMovesBlamesNoRank) {
  const Verdict verdict = NobodyMoves(kWhere, milliseconds(5000));
  EXPECT_EQ(verdict.rank, -1);
  EXPECT_EQ(verdict.cause.find("no rank has made progress for 5.0 s, all "
                               "stand at step 120 (backward)"),
            0);
}

TEST(Verdict, WithoutATickThereIsNoStep) {
  EXPECT_EQ(Describe(RankProgress()), " before its first step");
}

TEST(OneLine, CutsAndBlanks) {
  EXPECT_EQ(OneLine("a\nb\x1b[31m\x7f", 100), "a b [31m ");
  EXPECT_EQ(OneLine("abcdef", 3), "abc");
  EXPECT_EQ(OneLine("Zürich", 100), "Zürich");
}

}  // namespace
}  // namespace lockstep
