// A million bucket events are read and tabulated in 2 s and 300 MB, in whatever
// shape they come. Prints what it took; what it asserts is generous, because
// other programs may be running.

#include <cstdio>
#include <filesystem>
#include <string>

#include "analysis/testing_events.h"
#include "gtest/gtest.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

constexpr int64_t kMostBytes = 300'000'000;
#if defined(NDEBUG)
constexpr double kMostSeconds = 8;
#else
constexpr double kMostSeconds = 60;
#endif

ProgramResult Tabulate(const std::string& path) {
  ProgramResult result = RunProgram("analysis/tables " + path);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  std::printf("%s: %.2f s, %.0f MB\n", path.c_str(), result.cpu_seconds,
              result.resident_bytes * 1e-6);
  return result;
}

ProgramResult TabulateEvents(const EventShape& shape) {
  const std::string path = NewTestFolder() + "/run.rec";
  EXPECT_TRUE(WriteEventRecord(shape, path).ok());
  return Tabulate(path);
}

void ExpectInsideLimits([[maybe_unused]] const ProgramResult& result) {
#ifndef LOCKSTEP_SANITIZED
  EXPECT_LT(result.resident_bytes, kMostBytes);
  EXPECT_LT(result.cpu_seconds, kMostSeconds);
#endif
}

TEST(MillionEvents, OfManySteps) {
  const ProgramResult result = TabulateEvents({8, 25, 5000});
  ExpectInsideLimits(result);
  EXPECT_NE(result.out.find("4999"), std::string::npos) << result.out;
}

// Each bucket has intervals of its own.
TEST(MillionEvents, OfManyBuckets) {
  ExpectInsideLimits(TabulateEvents({8, 244, 512}));
}

TEST(MillionEvents, OfManyRanks) {
  ExpectInsideLimits(TabulateEvents({512, 20, 98}));
}

TEST(MillionEvents, OfOneRank) {
  ExpectInsideLimits(TabulateEvents({1, 25, 40000}));
}

TEST(MillionEvents, MemoryIsLinear) {
#ifndef LOCKSTEP_SANITIZED
  const ProgramResult one = TabulateEvents({8, 25, 2500});
  const ProgramResult four = TabulateEvents({8, 25, 10000});
  EXPECT_LT(four.resident_bytes, 5 * one.resident_bytes);
  EXPECT_LT(four.cpu_seconds, 8 * one.cpu_seconds + 1);
#endif
}

// A folder of small records costs what its files cost; a torn one is used up to
// where it is torn.
TEST(ThousandsOfRecords, OneOfThemTorn) {
  const std::string folder = NewTestFolder();
  const std::string first = folder + "/0000.rec";
  ASSERT_TRUE(WriteEventRecord({2, 3, 50}, first).ok());
  for (int i = 1; i < 2000; ++i)
    std::filesystem::copy_file(first,
                               folder + "/" + std::to_string(i) + ".rec");
  const std::string torn = folder + "/1234.rec";
  std::filesystem::resize_file(torn, std::filesystem::file_size(torn) - 40);
  const ProgramResult result = Tabulate(folder);
  ExpectInsideLimits(result);
  EXPECT_NE(result.error.find("1234.rec: truncated frame"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::analysis
