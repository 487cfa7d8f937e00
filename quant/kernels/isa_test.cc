#include "quant/kernels/isa.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

CpuFeatures Cpu(bool avx2, bool avxvnni, bool avx512vnni) {
  CpuFeatures cpu;
  cpu.avx2 = avx2;
  cpu.avxvnni = avxvnni;
  cpu.avx512vnni = avx512vnni;
  return cpu;
}

TEST(ChooseIsa, PicksTheFastestThatTheCpuHas) {
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(false, false, false)))->name,
               "portable");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, false, false)))->name, "avx2");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, true, false)))->name, "avxvnni");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, false, true)))->name,
               "avx512vnni");
}

TEST(ChooseIsa, ObeysAName) {
  EXPECT_STREQ((*ChooseIsa("avx2", Cpu(true, true, true)))->name, "avx2");
}

TEST(ChooseIsa, RefusesWhatCannotRun) {
  const auto missing = ChooseIsa("avx2", CpuFeatures()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(missing));
  EXPECT_THAT(missing.message(), HasSubstr("cannot run --isa=avx2"));
  EXPECT_THAT(ChooseIsa("sse", CpuFeatures()).status().message(),
              HasSubstr("expected auto, reference or portable, avx2"));
}

// The code that a name promises is the code that runs.
TEST(Isas, UseMicrokernelsOfTheirName) {
  for (const Isa& isa : Isas())
    EXPECT_STREQ(isa.vectors().name, isa.name == std::string("portable")
                                         ? "emulated-avx2"
                                         : isa.name);
}

}  // namespace
}  // namespace lockstep::quant
