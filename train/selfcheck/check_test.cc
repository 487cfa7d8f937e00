#include "train/selfcheck/check.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr auto kPass = CheckOutcome::kPass, kFail = CheckOutcome::kFail,
               kNote = CheckOutcome::kNote;

TEST(Check, AnyRanksProblemFailsAll) {
  struct Case {
    std::vector<std::string> problems;
    CheckOutcome outcome;
    const char* text;
  };
  for (const Case& c :
       std::vector<Case>{{{""}, kPass, "good"},
                         {{"", "", ""}, kPass, "good"},
                         {{"", "bad"}, kFail, "rank 1: bad"},
                         {{"bad", "worse", ""},
                          kFail,
                          "rank 0: bad (a problem on 2 of 3 ranks)"}}) {
    const Check check = CombineRanks("sum", "good", c.problems);
    EXPECT_EQ(check.outcome, c.outcome);
    EXPECT_EQ(check.name, "sum");
    EXPECT_EQ(check.text, c.text);
  }
}

TEST(Check, LinesHaveTagNameAndText) {
  EXPECT_EQ(CheckLines({kPass, "clocks", "error_us=3", ""}),
            "[PASS] clocks | error_us=3\n");
  EXPECT_EQ(CheckLines({kFail, "a", "b", "# t\n"}), "# t\n[FAIL] a | b\n");
  EXPECT_EQ(CheckLines({kNote, "a", "b", ""}), "[NOTE] a | b\n");
}

TEST(Check, SummaryCountsAndOnlyAFailureFails) {
  const Check pass = {kPass, "p", "", ""}, note = {kNote, "n", "", ""},
              fail = {kFail, "link", "", ""};
  EXPECT_EQ(SelfcheckSummary({pass, note, pass}, 4, 31.25),
            "[SELFCHECK] ranks=4 | passed=2 | failed=0 | notes=1 | "
            "seconds=31.2\n");
  EXPECT_TRUE(SelfcheckStatus({pass, note}).ok());
  const absl::Status status = SelfcheckStatus({pass, fail, note});
  EXPECT_EQ(ExitCodeFor(status), kExitFailed);
  EXPECT_THAT(std::string(status.message()), HasSubstr("failed: link;"));
}

}  // namespace
}  // namespace lockstep
