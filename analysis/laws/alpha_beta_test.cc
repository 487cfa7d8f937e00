#include "analysis/laws/alpha_beta.h"

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

std::string Refusal(const std::vector<AllReduceTime>& times) {
  return std::string(FitAlphaBeta(times).status().message());
}

TEST(AllReduceSeconds, OfALabReport) {
  // 44.7 MB at 1 Gbit/s: 358 ms on two ranks, 536 ms on four.
  EXPECT_NEAR(AllReduceSeconds(2, 44695848, 0, 8e-9), 0.358, 5e-4);
  EXPECT_NEAR(AllReduceSeconds(4, 44695848, 0, 8e-9), 0.536, 5e-4);
  EXPECT_DOUBLE_EQ(AllReduceSeconds(4, 0, 1e-5, 8e-9), 6e-5);
  EXPECT_EQ(AllReduceSeconds(1, 1e6, 1, 1), 0);
}

TEST(FitAlphaBeta, FindsWhatWasPlanted) {
  std::vector<AllReduceTime> times;
  for (const uint32_t p : {2, 4})
    for (const double bytes : {1e3, 1e6, 2.5e7})
      times.push_back({p, bytes, AllReduceSeconds(p, bytes, 5e-5, 8e-9)});
  const auto fit = FitAlphaBeta(times);
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->alpha_s.value, 5e-5, 1e-11);
  EXPECT_NEAR(fit->beta_bytes_per_s.value, 1.25e8, 1);
  EXPECT_EQ(fit->quality.degrees_of_freedom, 4);
}

TEST(FitAlphaBeta, Refusals) {
  EXPECT_EQ(Refusal({{2, 1e6, 0.1}, {4, 1e6, 0.2}}),
            "alpha and beta: they need two different sizes, there is 1 (1e+06 "
            "B); run with --comm_baseline");
  EXPECT_EQ(Refusal({}),
            "alpha and beta: they need two different sizes, there are 0; run "
            "with --comm_baseline");
  EXPECT_EQ(Refusal({{2, 1e6, 0.2}, {2, 2e6, 0.1}}),
            "alpha and beta: the time does not grow with the size, so there is "
            "no beta");
  EXPECT_EQ(Refusal({{1, 1e6, 0.2}, {2, 2e6, 0.1}}),
            "alpha and beta: an all-reduce of one rank moves nothing");
  EXPECT_EQ(Refusal({{2, 0, 0.2}, {2, 2e6, 0.1}}),
            "alpha and beta: an all-reduce without bytes");
  EXPECT_EQ(Refusal({{2, 1e6, 0}, {2, 2e6, 0.1}}),
            "alpha and beta: a point is not a time above 0");
}

}  // namespace
}  // namespace lockstep::analysis
