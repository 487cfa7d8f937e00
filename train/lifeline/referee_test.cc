#include "train/lifeline/referee.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Time = Referee::Time;

constexpr Time kStall(5000), kLink(8000);

// Ranks of a run in whose progress a test decides what is heard.
class JudgedRun {
 public:
  explicit JudgedRun(int ranks)
      : referee(ranks, kStall, kLink), places_(ranks) {
    for (int rank = 0; rank < ranks; ++rank)
      referee.Joined({rank, absl::StrCat("n", rank), 100 + rank}, Time(0));
  }

  void Tick(int rank, int64_t step, int64_t position = 1) {
    RankProgress& p = places_[rank];
    p = {p.ticks + 1, step, position, "forward"};
  }
  void TickAll(int64_t step) {
    for (size_t rank = 0; rank < places_.size(); ++rank) Tick(rank, step);
  }

  // `time` passes with heartbeats of all ranks but `silent`.
  void Pass(Time time, const std::vector<int>& silent = {}) {
    for (const Time end = now_ + time; now_ < end;) {
      now_ += Time(250);
      for (size_t rank = 0; rank < places_.size(); ++rank)
        if (std::count(silent.begin(), silent.end(), rank) == 0)
          referee.Heard(rank, places_[rank], now_);
      referee.TimePasses(now_);
    }
  }

  std::string Cause() const {
    return referee.verdict() ? referee.verdict()->cause : "";
  }
  int Culprit() const {
    return referee.verdict() ? referee.verdict()->rank : -2;
  }
  Time now() const { return now_; }

  Referee referee;

 private:
  std::vector<RankProgress> places_;
  Time now_{0};
};

TEST(Referee, TheFirstCauseStays) {
  JudgedRun run(3);
  run.referee.Closed(2);
  run.referee.FailedItself(1, "late");
  EXPECT_EQ(run.Culprit(), 2);
  EXPECT_THAT(run.Cause(), HasSubstr("rank 2 (host n2, pid 102) was lost"));
}

// Ranks may come one after the other, each within the link timeout.
TEST(Referee, WhoMetTheOthersMustJoinThem) {
  Referee referee(3, kStall, kLink);
  referee.Expect({{0, "n0", 100}, {1, "n1", 101}, {2, "n2", 102}});
  referee.TimePasses(Time(1000) + kLink);  // nobody is there to miss anybody
  referee.Joined({0, "n0", 100}, Time(10000));
  referee.TimePasses(Time(9999) + kLink);
  referee.Joined({2, "n2", 102}, Time(9999) + kLink);
  referee.TimePasses(Time(9998) + 2 * kLink);
  EXPECT_FALSE(referee.verdict().has_value());
  referee.TimePasses(Time(9999) + 2 * kLink);
  ASSERT_TRUE(referee.verdict().has_value());
  EXPECT_EQ(referee.verdict()->rank, 1);
  EXPECT_THAT(referee.verdict()->cause,
              HasSubstr("rank 1 (host n1, pid 101) was lost: it met the "
                        "others, but did not connect its lifeline for 8.0 s"));
}

TEST(Referee, AllWhoMetAndJoinedAreNotMissed) {
  Referee referee(2, Time(0), kLink);
  referee.Expect({{0, "n0", 100}, {1, "n1", 101}});
  referee.Joined({0, "n0", 100}, Time(0));
  referee.Joined({1, "n1", 101}, Time(0));
  referee.Left(1);
  referee.TimePasses(10 * kLink);
  EXPECT_FALSE(referee.verdict().has_value());
}

TEST(Referee, EveryKindOfCause) {
  const struct {
    std::function<void(Referee&)> event;
    const char* text;
  } rows[] = {
      {[](Referee& r) { r.Closed(1); }, "its connection closed"},
      {[](Referee& r) { r.LostLink(1); }, "no answer over the network for 8"},
      {[](Referee& r) { r.FailedItself(1, "no memory"); }, "no memory"},
      {[](Referee& r) { r.SpokeNonsense(1, "rubbish"); }, "carried rubbish"},
      {[](Referee& r) {
         r.Adopt({1, "known"});
       },
       "known"},
  };
  for (const auto& row : rows) {
    JudgedRun run(2);
    row.event(run.referee);
    EXPECT_EQ(run.Culprit(), 1);
    EXPECT_THAT(run.Cause(), HasSubstr(row.text));
  }
}

TEST(Referee, WhoLeftMayClose) {
  JudgedRun run(2);
  run.referee.Left(1);
  run.referee.Closed(1);
  run.referee.Left(0);
  run.referee.LostLink(0);
  run.Pass(Time(100000));
  EXPECT_EQ(run.Culprit(), -2);
}

TEST(Referee, ACauseGoesBeforeItsVictims) {
  JudgedRun run(3);
  run.referee.FailedAsVictim(1, "closed by peer", run.now());
  run.referee.Closed(1);  // the victim's own end
  run.Pass(kVictimPatience - Time(500));
  EXPECT_EQ(run.Culprit(), -2);
  run.referee.Closed(2);
  EXPECT_EQ(run.Culprit(), 2);
}

TEST(Referee, VictimsWithoutACauseBecomeIt) {
  JudgedRun run(3);
  run.referee.FailedAsVictim(1, "closed by peer", run.now());
  run.referee.FailedAsVictim(2, "me too", run.now());
  run.Pass(kVictimPatience);
  EXPECT_EQ(run.Culprit(), 1);
  EXPECT_THAT(run.Cause(), HasSubstr("failed before its first step: closed"));
}

TEST(Referee, AnEndDoesNotWaitForACause) {
  JudgedRun run(2);
  run.referee.NoTimeLeft();
  EXPECT_EQ(run.Culprit(), -2);
  run.referee.FailedAsVictim(0, "timed out", run.now());
  run.referee.NoTimeLeft();
  EXPECT_EQ(run.Culprit(), 0);
}

TEST(Referee, NothingIsAStallBeforeTheFirstTick) {
  JudgedRun run(3);
  run.Pass(Time(600000));
  EXPECT_EQ(run.Culprit(), -2);
}

TEST(Referee, NothingIsAStallBeforeAllHaveCome) {
  Referee referee(2, kStall, kLink);
  referee.Joined({0, "n0", 1}, Time(0));
  referee.Heard(0, {1, 1, 1, "forward"}, Time(0));
  referee.TimePasses(Time(600000));
  EXPECT_FALSE(referee.verdict());
}

TEST(Referee, AZeroTimeoutJudgesNoStall) {
  Referee referee(1, Time(0), kLink);
  referee.Joined({0, "n0", 1}, Time(0));
  referee.Heard(0, {1, 1, 1, "forward"}, Time(0));
  referee.TimePasses(Time(600000));
  EXPECT_FALSE(referee.verdict());
}

TEST(Referee, ASlowStartHasMoreTime) {
  JudgedRun run(3);
  run.Tick(0, 1);
  run.Tick(1, 1);
  run.Pass(kStall * kStartFactor - Time(500));
  EXPECT_EQ(run.Culprit(), -2);
  run.Pass(Time(1000));
  EXPECT_EQ(run.Culprit(), 2);
  EXPECT_THAT(run.Cause(), HasSubstr("before its first step"));
}

// As when it is stopped before its first tick has been heard.
TEST(Referee, ASilentProcessIsNoSlowStart) {
  JudgedRun run(3);
  run.Tick(0, 1);
  run.Tick(1, 1);
  run.Pass(kStall - Time(500), {2});
  EXPECT_EQ(run.Culprit(), -2);
  run.Pass(Time(1000), {2});
  EXPECT_EQ(run.Culprit(), 2);
  EXPECT_THAT(run.Cause(), HasSubstr("whole process stands still"));
}

TEST(Referee, ASilentRankIsBlamedThoughOthersTick) {
  JudgedRun run(3);
  run.TickAll(7);
  run.Pass(Time(250));
  for (int i = 0; i < 5; ++i) {
    run.Tick(0, 7, 2 + i);
    run.Tick(1, 7, 2 + i);
    run.Pass(Time(1000), {2});
  }
  run.Pass(Time(500), {2});
  EXPECT_EQ(run.Culprit(), 2);
  EXPECT_THAT(run.Cause(), HasSubstr("whole process stands still"));
}

// The ranks that wait for rank 1 stopped ticking before it did.
TEST(Referee, ASilentRankIsBlamedBeforeThoseThatWait) {
  JudgedRun run(3);
  run.TickAll(7);
  run.Pass(Time(1000));
  run.Tick(1, 7, 2);
  run.Pass(Time(250));
  run.Pass(kStall, {1});
  EXPECT_EQ(run.Culprit(), 1);
}

TEST(Referee, TheLeastAdvancedIsBlamedWhenAllStand) {
  JudgedRun run(3);
  run.TickAll(7);
  run.Tick(0, 7, 2);
  run.Tick(2, 7, 2);
  run.Pass(kStall - Time(500));
  EXPECT_EQ(run.Culprit(), -2);
  run.Pass(Time(1000));
  EXPECT_EQ(run.Culprit(), 1);
  EXPECT_THAT(run.Cause(), HasSubstr("has made no progress for 5."));
}

// Rank 0 ticked more in earlier steps (it writes files): no reason to blame
// the others.
TEST(Referee, OnlyTheStepAndThePlaceInItCompare) {
  JudgedRun run(2);
  for (int i = 0; i < 9; ++i) run.Tick(0, 1, 1 + i);
  run.Tick(1, 7, 2);
  run.Tick(0, 7, 1);
  run.Pass(kStall + Time(500));
  EXPECT_EQ(run.Culprit(), 0);
}

TEST(Referee, AWaitForARankThatWorksAloneIsNoStall) {
  JudgedRun run(3);
  run.TickAll(7);
  for (int i = 0; i < 20; ++i) {
    run.Tick(0, 7, 2 + i);  // evaluates
    run.Pass(Time(1000));
  }
  EXPECT_EQ(run.Culprit(), -2);
}

TEST(Referee, AStepBehindThoseThatTickIsAStall) {
  JudgedRun run(3);
  run.TickAll(7);
  for (int i = 0; i < 6; ++i) {
    run.Tick(0, 8 + i);
    run.Tick(1, 8 + i);
    run.Pass(Time(1000));
  }
  EXPECT_EQ(run.Culprit(), 2);
}

TEST(Referee, NobodyIsBlamedWhenAllStandAtOnePlace) {
  JudgedRun run(3);
  run.TickAll(7);
  run.Pass(kStall + Time(500));
  EXPECT_EQ(run.Culprit(), -1);
  EXPECT_THAT(run.Cause(), HasSubstr("no rank has made progress"));
}

TEST(Referee, ALastRankIsJudgedAlone) {
  JudgedRun run(2);
  run.TickAll(7);
  run.referee.Left(0);
  run.Pass(kStall + Time(500));
  EXPECT_EQ(run.Culprit(), 1);
}

TEST(Referee, ProgressKeepsEverybodySafe) {
  JudgedRun run(3);
  for (int step = 0; step < 30; ++step) {
    run.TickAll(step);
    run.Pass(Time(4000));
  }
  EXPECT_EQ(run.Culprit(), -2);
}

}  // namespace
}  // namespace lockstep
