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

// 100 us an image, of which products at their peak take 60, weights 10.
NetProfile MakeProfile() {
  LayerProfile layer;
  layer.name = "conv1";
  layer.shape = "64x8x8 -> 64x8x8, 3x3";
  layer.kernel = "winograd4";
  layer.microseconds = 100;
  layer.nominal_macs = 20'000'000;
  layer.issued_macs = 6'000'000;
  layer.peak_gmacs = 100;
  layer.weight_bytes = 2'000'000;
  return {4, {200, 100, 0, 50}, {layer}};
}
const NetProfile kProfile = MakeProfile();

TEST(BenchReport, Layers) {
  const std::string table = LayerTable(kProfile);
  EXPECT_THAT(table, HasSubstr("batch of 4 on one core, 100 us an image"));
  EXPECT_THAT(table, HasSubstr("u8 x s8 200 GMAC/s, s16 x s16 100 GMAC/s, "
                               "reading 50 GB/s"));
  EXPECT_THAT(table, HasSubstr("| winograd4 | 100.0 | 100.0 % | 200 | 60 % | "
                               "10 % | products, then transforms"));
}

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
  const std::string json = BenchJson(kCells, kContext, {kProfile});
  EXPECT_THAT(json, HasSubstr(R"("model": "a \"net\".onnx")"));
  EXPECT_THAT(json, HasSubstr(R"("cpu": "CPU\u00099", "threads": 2)"));
  EXPECT_THAT(json, HasSubstr(R"({"batch": 1, "median": 100, "best": 110, )"
                              R"("spread_percent": 20, "ms_per_image": 20, )"
                              R"("gmac_per_second": 50, )"
                              R"("samples": [90, 100, 110]},)"));
  EXPECT_THAT(json, HasSubstr(R"("kernel": "winograd4", "us_per_image": 100, )"
                              R"("nominal_gmac_per_second": 200, )"
                              R"("products_at_peak": 0.6, )"));
}

}  // namespace
}  // namespace lockstep::quant
