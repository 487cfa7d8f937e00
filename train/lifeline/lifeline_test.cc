#include "train/lifeline/lifeline.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/lifeline/testing_run.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

int64_t SteadyNanoseconds() {
  return std::chrono::nanoseconds(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

TEST(Lifeline, AnOrderlyRunHasNoVerdict) {
  for (int world_size : {1, 2, 5}) {
    const auto run = TestRun::AllConnected(world_size);
    for (int rank = 0; rank < world_size; ++rank) {
      (*run)[rank].Tick("forward", 1);
      (*run)[rank].Leave();
    }
    EXPECT_TRUE(run->server().AwaitGoodbyes(kTestPatience));
    for (int rank = 0; rank < world_size; ++rank)
      EXPECT_EQ(run->rank(rank).verdicts, 0);
  }
}

TEST(Lifeline, AFailureBecomesEveryonesVerdict) {
  const auto run = TestRun::AllConnected(4);
  for (int rank = 0; rank < 4; ++rank) (*run)[rank].Tick("backward", 120);
  (*run)[2].Fail("out of\nmemory");
  const Verdict verdict = run->CommonVerdict();
  EXPECT_EQ(verdict.rank, 2);
  EXPECT_EQ(verdict.cause,
            "rank 2 (host n2, pid 102) failed at step 120 (backward): out of "
            "memory");
  EXPECT_FALSE(run->server().AwaitGoodbyes(kTestPatience));
}

TEST(Lifeline, OneOfManyFailuresIsEveryonesVerdict) {
  const auto run = TestRun::AllConnected(8);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 8; ++rank)
    threads.emplace_back(
        [&, rank] { (*run)[rank].Fail(absl::StrCat("failure of ", rank)); });
  for (std::thread& thread : threads) thread.join();
  const Verdict verdict = run->CommonVerdict();
  EXPECT_THAT(verdict.cause,
              HasSubstr(absl::StrCat("failure of ", verdict.rank)));
}

TEST(Lifeline, AnEndWithoutAGoodbyeIsAFailure) {
  for (int lost : {1, 2}) {
    const auto run = TestRun::AllConnected(3);
    run->Drop(lost);
    const Verdict verdict = run->CommonVerdict();
    EXPECT_EQ(verdict.rank, lost);
    EXPECT_THAT(verdict.cause, HasSubstr("its connection closed"));
  }
}

TEST(Lifeline, VictimsWaitForTheCause) {
  const auto run = TestRun::AllConnected(4);
  (*run)[1].FailAsVictim("all-reduce failed: connection closed by peer");
  (*run)[3].FailAsVictim("all-reduce failed: connection closed by peer");
  run->Drop(2);
  EXPECT_EQ(run->CommonVerdict().rank, 2);
}

TEST(Lifeline, AVictimWithoutACauseIsHeard) {
  const auto run = TestRun::AllConnected(3);
  (*run)[1].FailAsVictim("all-reduce failed: timed out");
  const Verdict verdict = run->CommonVerdict();
  EXPECT_EQ(verdict.rank, 1);
  EXPECT_THAT(verdict.cause, HasSubstr("all-reduce failed: timed out"));
}

TEST(Lifeline, AnyRanksRequestStopsAllOnce) {
  for (int asked : {0, 2}) {
    const auto run = TestRun::AllConnected(3);
    (*run)[asked].RequestStop("SIGTERM");
    (*run)[asked].RequestStop("SIGTERM again");
    (*run)[1].RequestStop("SIGTERM too");
    for (int rank = 0; rank < 3; ++rank)
      EXPECT_TRUE(Eventually([&] { return run->rank(rank).stops == 1; }));
    for (int rank = 0; rank < 3; ++rank) (*run)[rank].Leave();
    for (int rank = 0; rank < 3; ++rank) {
      EXPECT_TRUE((*run)[rank].stop_requested());
      EXPECT_EQ(run->rank(rank).stops, 1);
      EXPECT_EQ(run->rank(rank).verdicts, 0);
    }
  }
}

TEST(Lifeline, WhoComesLateHearsOfStopAndVerdict) {
  TestRun run(3);
  for (int rank : {0, 1}) ASSERT_TRUE(run.Connect(TestOptions(rank, 3)).ok());
  run[1].RequestStop("SIGTERM");
  run[1].Fail("no memory");
  ASSERT_TRUE(run[0].WaitForVerdict(kTestPatience));
  ASSERT_TRUE(run.Connect(TestOptions(2, 3)).ok());
  EXPECT_THAT(run.CommonVerdict().cause, HasSubstr("no memory"));
  EXPECT_EQ(run.rank(2).stops, 1);
}

// Rank 0's process dies: its server goes without a word.
TEST(Lifeline, WithoutRankZeroEachRankReachesTheVerdict) {
  const auto run = TestRun::AllConnected(3);
  run->EndServer();
  const Verdict verdict = run->CommonVerdict();
  EXPECT_EQ(verdict.rank, 0);
  EXPECT_THAT(verdict.cause,
              HasSubstr(absl::StrCat("rank 0 (host n0, pid ", getpid(),
                                     ") was lost: its connection closed")));
}

TEST(Lifeline, AServerThatEndsAfterRankZeroLeftIsNoFailure) {
  const auto run = TestRun::AllConnected(3);
  (*run)[0].Leave();
  run->EndServer();
  (*run)[1].Leave();
  EXPECT_EQ(run->rank(1).verdicts, 0);
  // Nobody is there to tell, but the rank itself learns its cause.
  (*run)[2].FailAsVictim("no disk");
  const auto verdict = (*run)[2].WaitForVerdict(kTestPatience);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->rank, 2);
  EXPECT_THAT(verdict->cause, HasSubstr("no disk"));
}

// Rank 0 returns with an error and its destructors run in their order.
TEST(Lifeline, RankZeroCanEndInAnyOrder) {
  for (const bool server_first : {true, false}) {
    const auto run = TestRun::AllConnected(3);
    if (server_first) run->EndServer();
    run->Drop(0);
    run->EndServer();
    EXPECT_EQ(run->CommonVerdict().rank, 0);
  }
}

// It does not wait for the verdict; the others still learn why it went.
TEST(Lifeline, RankZerosLastWordsAreHeard) {
  const auto run = TestRun::AllConnected(3);
  (*run)[0].FailAsVictim("all-reduce failed: timed out");
  run->Drop(0);
  run->EndServer();
  EXPECT_THAT(run->CommonVerdict().cause, HasSubstr("timed out"));
}

TEST(Lifeline, ClockOffsetIsWithinItsError) {
  constexpr int64_t kAhead = 5000000000;  // ns
  TestRun run(2);
  for (int rank : {0, 1}) {
    Lifeline::Options options = TestOptions(rank, 2);
    options.clock = [rank] { return SteadyNanoseconds() + rank * kAhead; };
    ASSERT_TRUE(run.Connect(options).ok());
  }
  for (int rank : {0, 1}) {
    const auto offset = run[rank].MeasureClock(20);
    ASSERT_TRUE(offset.ok()) << offset.status();
    EXPECT_GT(offset->error_ns, 0);
    EXPECT_LE(std::abs(offset->offset_ns - rank * kAhead), offset->error_ns);
  }
}

TEST(Lifeline, ClockCannotBeMeasuredAfterTheEnd) {
  const auto run = TestRun::AllConnected(2);
  (*run)[1].Fail("no memory");
  ASSERT_TRUE((*run)[0].WaitForVerdict(kTestPatience));
  const absl::Status status = (*run)[0].MeasureClock(3).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(status.message(), HasSubstr("no memory"));
}

TEST(Lifeline, AfterLeaveNothingIsReported) {
  const auto run = TestRun::AllConnected(2);
  (*run)[1].Leave();
  (*run)[1].Leave();
  (*run)[1].Fail("too late");
  (*run)[1].RequestStop("too late");
  run->Drop(1);
  EXPECT_EQ((*run)[0].WaitForVerdict(milliseconds(0)), std::nullopt);
  (*run)[0].Leave();
  EXPECT_TRUE(run->server().AwaitGoodbyes(kTestPatience));
}

// A training thread that stops ticking while the lifeline's thread runs.
TEST(Lifeline, ARankThatStandsStillIsNamed) {
  auto options = TestServerOptions(3);
  options.stall_timeout = milliseconds(2000);
  const auto server = LifelineServer::Start("127.0.0.1", options);
  ASSERT_TRUE(server.ok());
  std::vector<std::unique_ptr<Lifeline>> ranks;
  for (int rank = 0; rank < 3; ++rank)
    ranks.push_back(*Lifeline::Connect("127.0.0.1", (*server)->port(),
                                       TestOptions(rank, 3)));
  for (int rank : {0, 1, 2}) ranks[rank]->Tick("forward", 7);
  for (int rank : {0, 2}) ranks[rank]->Tick("all-reduce", 7);
  for (int rank : {0, 1, 2}) {
    const auto verdict = ranks[rank]->WaitForVerdict(kTestPatience);
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->rank, 1);
    EXPECT_THAT(verdict->cause, HasSubstr("at step 7 (forward)"));
  }
}

TEST(Lifeline, ManyRanks) {
  const auto run = TestRun::AllConnected(256);
  (*run)[99].RequestStop("SIGUSR1");
  for (int rank = 0; rank < 256; ++rank)
    EXPECT_TRUE(Eventually([&] { return run->rank(rank).stops == 1; }));
  run->Drop(200);
  EXPECT_EQ(run->CommonVerdict().rank, 200);
}

TEST(Connect, BadOptionsAndAddressesAreNamed) {
  const auto message = [](const std::string& address, int rank) {
    auto options = TestOptions(rank, 2);
    options.connect_timeout = milliseconds(100);
    return Lifeline::Connect(address, 1, options).status();
  };
  EXPECT_TRUE(absl::IsInvalidArgument(message("127.0.0.1", 2)));
  EXPECT_TRUE(absl::IsInvalidArgument(message("no such host", 1)));
  const absl::Status nobody = message("127.0.0.1", 1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(nobody));
  EXPECT_THAT(nobody.message(), HasSubstr("127.0.0.1:1 in 0.1 s: Connection "
                                          "refused"));
}

TEST(Connect, ARankThatIsThereIsRefused) {
  const auto run = TestRun::AllConnected(2);
  const absl::Status status =
      Lifeline::Connect("127.0.0.1", run->server().port(), TestOptions(1, 2))
          .status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("rank 1 (host n1, pid 101) came "
                                          "before; start every rank once"));
  (*run)[1].Leave();
  EXPECT_EQ(run->rank(1).verdicts, 0);
}

}  // namespace
}  // namespace lockstep
