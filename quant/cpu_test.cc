#include "quant/cpu.h"

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(Cpu, AnswersOnThisMachine) {
  EXPECT_FALSE(CpuName().empty());
  EXPECT_GE(UsableCores(), 1);
}

}  // namespace
}  // namespace lockstep::quant
