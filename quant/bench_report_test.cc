#include "quant/bench_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

const BenchContext kContext = {"a \"net\".onnx", "avx2", "16-bit products",
                               "CPU\t9",         2,      {0.5, 3},
                               500'000'000};
const std::vector<BenchCell> kCells = {{1, {{90, 100, 110}}},
                                       {64, {{200, 200, 200}}}};

TEST(BenchReport, ForPeople) {
  const std::string text = BenchTable(kCells, kContext);
  // 2 threads at 100 images/s in all: 20 ms of a thread an image.
  EXPECT_THAT(text,
              HasSubstr("| 1 | 100.0 | 110.0 | 20.0 % | 20.000 | 50.0 |\n"));
  EXPECT_THAT(text,
              HasSubstr("| 64 | 200.0 | 200.0 | 0.0 % | 10.000 | 100.0 |\n"));
  EXPECT_THAT(text, HasSubstr("3 samples of about 0.5 s"));
}

TEST(BenchReport, ForPrograms) {
  const std::string json = BenchJson(kCells, kContext);
  EXPECT_THAT(json, HasSubstr(R"("model": "a \"net\".onnx")"));
  EXPECT_THAT(json, HasSubstr(R"("cpu": "CPU\u00099", "threads": 2)"));
  EXPECT_THAT(json, HasSubstr(R"({"batch": 1, "median": 100, "best": 110, )"
                              R"("spread_percent": 20, "ms_per_image": 20, )"
                              R"("gmac_per_second": 50, )"
                              R"("samples": [90, 100, 110]},)"));
}

}  // namespace
}  // namespace lockstep::quant
