#include "train/selfcheck/clocks.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(Clocks, ReadingsSurviveTheWire) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  for (const ClockReadings& r : std::vector<ClockReadings>{
           {}, {{-kMost, 1}, {kMost, 2}, 3, ""}, {{}, {}, 0, "no pong came"}}) {
    const auto back = DecodeClockReadings(EncodeClockReadings(r));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(EncodeClockReadings(*back), EncodeClockReadings(r));
    EXPECT_EQ(back->problem, r.problem);
  }
  for (const char* bad : {"", "1 2 3 4 5", "1 2 x 4 5 ", "nonsense"})
    EXPECT_TRUE(absl::IsDataLoss(DecodeClockReadings(bad).status())) << bad;
}

// 2 ms ahead and 7 us more after 10 s; both offsets right within 4 and 5 us.
TEST(Clocks, OffsetsErrorsAndDriftsAreShown) {
  const Check check =
      JudgeClocks({{}, {{2000000, 4000}, {2007000, 5000}, 10000000000, ""}});
  EXPECT_EQ(check.outcome, CheckOutcome::kPass);
  EXPECT_EQ(check.text,
            "largest error 5.0 us | largest drift 7.0 +- 9.0 us in 10.0 s "
            "(rank 1)");
  EXPECT_THAT(check.table, HasSubstr("#    1              2007.0         5.0  "
                                     "      7.0 +-     9.0      10.0\n"));
}

TEST(Clocks, OneThatCannotBeReadFails) {
  const Check check = JudgeClocks({{}, {{}, {}, 0, "no answer in 2 s"}});
  EXPECT_EQ(check.outcome, CheckOutcome::kFail);
  EXPECT_EQ(check.text, "rank 1: no answer in 2 s");
  EXPECT_EQ(check.table, "");
}

}  // namespace
}  // namespace lockstep
