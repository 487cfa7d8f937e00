#include "tools/fuzzing/mutator.h"

#include <set>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

std::set<std::string> Mutations(uint32_t seed) {
  Mutator mutator({"one file", "another one, longer", ""}, seed);
  std::set<std::string> mutations;
  for (int i = 0; i < 100; ++i) mutations.insert(mutator.Next());
  return mutations;
}

TEST(Mutator, AreTheSameEveryTime) { EXPECT_EQ(Mutations(1), Mutations(1)); }

TEST(Mutator, AreManyAndOthersForAnotherSeed) {
  EXPECT_GT(Mutations(1).size(), 50);
  EXPECT_NE(Mutations(1), Mutations(2));
}

}  // namespace
}  // namespace lockstep
