#include "analysis/reported/quantity.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

void ExpectQuantity(const char* text, double value, double half) {
  const absl::StatusOr<Quantity> read = ParseQuantity(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_DOUBLE_EQ(read->value, value) << text;
  EXPECT_NEAR(read->low, value - half, 1e-12) << text;
  EXPECT_NEAR(read->high, value + half, 1e-12) << text;
}

TEST(Quantity, HalfAUnitOfTheLastDigit) {
  ExpectQuantity("18.07", 18.07, 0.005);
  ExpectQuantity(" .010 ", 0.010, 0.0005);
  ExpectQuantity("18", 18, 0.5);
  ExpectQuantity("1.5e-3", 1.5e-3, 0.05e-3);
  ExpectQuantity("2e3", 2000, 500);
  ExpectQuantity("7.2 %", 7.2, 0.05);
}

TEST(Quantity, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "nan", "inf", "1e999", "0x10", "1.2.3",
                           "12 s", "%", "1e", "--1"})
    EXPECT_FALSE(ParseQuantity(text).ok()) << text;
}

// 10.012 - 19.704 / 2 is 0.160, never 0.130.
TEST(Quantity, ResultsKnowWhatRoundingLeavesOpen) {
  const Quantity comm =
      *ParseQuantity("10.012") - *ParseQuantity("19.704") / Exact(2);
  EXPECT_NEAR(comm.value, 0.160, 1e-9);
  EXPECT_NEAR(comm.low, 0.15925, 1e-9);
  EXPECT_NEAR(comm.high, 0.16075, 1e-9);
  EXPECT_FALSE(Agree(comm, *ParseQuantity("0.130")));
  EXPECT_TRUE(Agree(comm, *ParseQuantity("0.16")));
}

TEST(Quantity, DividingByWhatMayBeNothingHasNoUpperEnd) {
  const Quantity ratio = *ParseQuantity("1.0") / *ParseQuantity("0.0");
  EXPECT_TRUE(std::isinf(ratio.high));
}

TEST(Quantity, SlackIsRelative) {
  EXPECT_FALSE(Agree(Exact(100), Exact(102)));
  EXPECT_TRUE(Agree(Exact(100), Exact(102), 0.02));
}

}  // namespace
}  // namespace lockstep::analysis
