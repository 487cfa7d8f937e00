#include "train/selfcheck/collectives.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"
#include "train/selfcheck/faulty_communicator.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

void ExpectAllPass(Communicator& comm) {
  const auto checks = CheckCollectives(comm);
  ASSERT_TRUE(checks.ok()) << checks.status();
  EXPECT_EQ(checks->size(), 3);
  for (const Check& check : *checks)
    EXPECT_EQ(check.outcome, CheckOutcome::kPass) << CheckLines(check);
}

TEST(Collectives, GoodOnesPass) {
  for (const int world_size : {1, 2, 3, 5}) RunRanks(world_size, ExpectAllPass);
}

// A fault of the last of three ranks; all three hear of it.
TEST(Collectives, FaultsAreFound) {
  struct Case {
    Fault fault;
    const char* failed;
    const char* words;
  };
  for (const Case& c : std::vector<Case>{
           {Fault::kWrongElement, "all-reduce",
            "the sum of 100 fp32 has 1 wrong elements"},
           {Fault::kReorderedSum, "all-reduce", "wrong elements"},
           {Fault::kLostBroadcast, "broadcast", "what rank 0 sent"}}) {
    RunRanks(3, [&](Communicator& comm) {
      FaultyCommunicator faulty(comm,
                                comm.rank() == 2 ? c.fault : Fault::kNone);
      const auto checks = CheckCollectives(faulty);
      ASSERT_TRUE(checks.ok()) << checks.status();
      for (const Check& check : *checks) {
        EXPECT_EQ(check.outcome == CheckOutcome::kFail, check.name == c.failed)
            << CheckLines(check);
        if (check.name != c.failed) continue;
        EXPECT_THAT(check.text, StartsWith("rank 2: "));
        EXPECT_THAT(check.text, HasSubstr(c.words));
      }
    });
  }
}

// The rank whose all-gather is wrong cannot be told by name, but it fails.
TEST(Collectives, AWrongAllGatherIsFoundWhereItIs) {
  for (const Fault fault : {Fault::kReorderedGather, Fault::kShortenedGather}) {
    RunRanks(3, [&](Communicator& comm) {
      FaultyCommunicator faulty(comm, comm.rank() == 0 ? fault : Fault::kNone);
      const auto checks = CheckCollectives(faulty);
      ASSERT_TRUE(checks.ok()) << checks.status();
      EXPECT_EQ(checks->back().name, "all-gather");
      EXPECT_EQ(checks->back().outcome, CheckOutcome::kFail);
    });
  }
}

}  // namespace
}  // namespace lockstep
