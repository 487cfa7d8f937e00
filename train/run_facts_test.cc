#include "train/run_facts.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/run_record.pb.h"
#include "tools/cli/machine.h"

namespace lockstep {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

LaunchInfo Rank3() {
  LaunchInfo launch;
  launch.rank = 3;
  launch.world_size = 4;
  launch.local_rank = 1;
  return launch;
}

TEST(DescribeThisRank, SaysWhoAndWhere) {
  Rank rank;
  ASSERT_TRUE(rank.ParseFromString(DescribeThisRank(Rank3(), 7, {-5, 3})));
  EXPECT_EQ(rank.rank(), 3);
  EXPECT_EQ(rank.local_rank(), 1);
  EXPECT_EQ(rank.threads(), 7);
  EXPECT_EQ(rank.pid(), getpid());
  EXPECT_EQ(rank.cores(), UsableCores());
  EXPECT_EQ(rank.machine(), MachineId());
  EXPECT_EQ(rank.clock_offset_ns(), -5);
  EXPECT_EQ(rank.clock_error_ns(), 3);
  EXPECT_FALSE(rank.host().empty());
  EXPECT_FALSE(rank.device_name().empty());
}

TEST(RankNames, AreForPeople) {
  const auto names = RankNames({DescribeThisRank(Rank3(), 1)});
  ASSERT_EQ(names.size(), 1);
  EXPECT_THAT(names[0], StartsWith("rank 3 ("));
  EXPECT_THAT(names[0], EndsWith(")"));
}

TEST(RankClocks, AreThoseThatWereDescribed) {
  const auto clocks = RankClocks(
      {DescribeThisRank({}, 1), DescribeThisRank(Rank3(), 1, {-5, 3})});
  ASSERT_EQ(clocks.size(), 2);
  EXPECT_EQ(clocks[0].offset_ns, 0);
  EXPECT_EQ(clocks[1].offset_ns, -5);
  EXPECT_EQ(clocks[1].error_ns, 3);
}

}  // namespace
}  // namespace lockstep
