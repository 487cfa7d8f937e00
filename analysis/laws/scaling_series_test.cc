#include "analysis/laws/scaling_series.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

std::string Message(size_t sizes, Scaling scaling,
                    const std::vector<ScalingTime>& times) {
  return std::string(
      CheckApplies("The law", {Scaling::kStrong}, sizes, scaling, times)
          .message());
}

TEST(CheckApplies, SaysWhatIsThereAndWhatIsNeeded) {
  const std::vector<ScalingTime> two = {{1, 2.0}, {1, 2.1}, {4, 0.6}};
  EXPECT_EQ(Message(2, Scaling::kStrong, two), "");
  EXPECT_EQ(WorldSizes(two), 2);
  EXPECT_EQ(Message(2, Scaling::kThroughput, two),
            "The law is about strong scaling, these points are throughput");
  EXPECT_EQ(Message(4, Scaling::kStrong, two),
            "The law needs 4 different numbers of ranks, there are 2 (P = 1, "
            "4)");
  EXPECT_EQ(Message(2, Scaling::kStrong, {{2, 1.0}, {2, 1.0}}),
            "The law needs 2 different numbers of ranks, there is 1 (P = 2)");
  EXPECT_EQ(Message(2, Scaling::kStrong, {}),
            "The law needs 2 different numbers of ranks, there are 0");
}

TEST(CheckApplies, RefusesWhatIsNoTime) {
  for (const double seconds : {0.0, -1.0, double{NAN}, double{INFINITY}})
    EXPECT_NE(Message(1, Scaling::kStrong, {{1, seconds}}), "");
  EXPECT_NE(Message(1, Scaling::kStrong, {{0, 1.0}}), "");
}

}  // namespace
}  // namespace lockstep::analysis
