#include "quant/cpu.h"

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(Cpu, AnswersOnThisMachine) {
  EXPECT_FALSE(CpuName().empty());
  EXPECT_GE(UsableCores(), 1);
  EXPECT_EQ(ThisCpu().avx2, ThisCpu().avx2);
}

}  // namespace
}  // namespace lockstep::quant
