#include "tools/cli/machine.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(Machine, Answers) {
  EXPECT_FALSE(CpuName().empty());
  EXPECT_GE(UsableCores(), 1);
}

}  // namespace
}  // namespace lockstep
