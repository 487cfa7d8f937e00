#include "quant/kernels/isa.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

CpuFeatures Cpu(bool avx2, bool avxvnni, bool avx512vnni, bool amx = false) {
  CpuFeatures cpu;
  cpu.avx2 = avx2;
  cpu.avxvnni = avxvnni;
  cpu.avx512vnni = avx512vnni;
  cpu.amx = amx;
  return cpu;
}

TEST(ChooseIsa, PicksTheFastestThatTheCpuHas) {
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(false, false, false)))->name,
               "portable");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, false, false)))->name, "avx2");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, true, false)))->name, "avxvnni");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, false, true)))->name,
               "avx512vnni");
  EXPECT_STREQ((*ChooseIsa("auto", Cpu(true, true, true, true)))->name, "amx");
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
  const std::map<std::string, std::string> vectors = {
      {"portable", "emulated-avx2"}, {"amx", "avx512vnni"}};
  for (const Isa& isa : Isas()) {
    const auto other = vectors.find(isa.name);
    EXPECT_EQ(isa.vectors().name,
              other != vectors.end() ? other->second : isa.name);
    EXPECT_EQ(isa.tiles != nullptr, isa.name == std::string("amx"));
  }
}

}  // namespace
}  // namespace lockstep::quant
