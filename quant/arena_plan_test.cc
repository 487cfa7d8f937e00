#include "quant/arena_plan.h"

#include <random>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

void ExpectApart(const std::vector<Life>& lives, const ArenaPlan& plan) {
  for (size_t a = 0; a < lives.size(); ++a) {
    EXPECT_EQ(plan.offsets[a] % 64, 0u);
    EXPECT_LE(plan.offsets[a] + lives[a].bytes, plan.bytes);
    for (size_t b = 0; b < a; ++b) {
      const bool same_time =
          lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
      const bool apart = plan.offsets[a] + lives[a].bytes <= plan.offsets[b] ||
                         plan.offsets[b] + lives[b].bytes <= plan.offsets[a];
      EXPECT_TRUE(!same_time || apart) << a << " and " << b;
    }
  }
}

TEST(PlanArena, ReusesMemoryInAChain) {
  const std::vector<Life> chain = {{64, 0, 1}, {64, 1, 2}, {64, 2, 3}};
  const ArenaPlan plan = PlanArena(chain);
  ExpectApart(chain, plan);
  EXPECT_EQ(plan.bytes, 128u);
}

TEST(PlanArena, KeepsAResidualApart) {
  const std::vector<Life> block = {{100, 0, 3}, {100, 1, 2}, {100, 2, 3}};
  const ArenaPlan plan = PlanArena(block);
  ExpectApart(block, plan);
  EXPECT_EQ(plan.bytes, 3 * 128u);
}

TEST(PlanArena, NeverOverlapsWhatLivesTogether) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Life> lives;
    for (int i = 0; i < 20; ++i) {
      const size_t first = random() % 20;
      lives.push_back({random() % 1000, first, first + random() % 5});
    }
    ExpectApart(lives, PlanArena(lives));
  }
}

}  // namespace
}  // namespace lockstep::quant
