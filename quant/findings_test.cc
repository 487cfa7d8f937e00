#include "quant/findings.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string OfAccuracy(const PairedAccuracy& accuracy) {
  ReportData data;
  data.evaluation.accuracy = accuracy;
  return Findings(data).at(0);
}

TEST(Findings, SayNoMoreThanTheTest) {
  EXPECT_THAT(OfAccuracy({1000, 953, 951, 5, 3, 990}),
              AllOf(HasSubstr("5 images lost, 3 gained (p = 0.73)"),
                    HasSubstr("consistent with no difference")));
  EXPECT_THAT(OfAccuracy({1000, 953, 933, 25, 5, 950}),
              HasSubstr("int8 is worse by 2.00 points"));
  EXPECT_THAT(OfAccuracy({1000, 900, 920, 5, 25, 950}), HasSubstr("better by"));
  EXPECT_THAT(OfAccuracy({1000, 953, 953, 0, 0, 1000}),
              HasSubstr("no difference was seen"));
}

TEST(Findings, NameStageAndLayer) {
  ReportData data;
  data.stages = {{"fp32", {}, INFINITY},
                 {"int8 weights", {}, 40},
                 {"+ activations", {}, 30},
                 {"+ biases", {}, 29.9}};
  // 1e-3 of 1.1e-3 is the second layer's.
  data.sensitivity = {{"conv1", {}, 40}, {"conv2", {}, 30}};
  data.draws = {{1, {1000, 953, 951, 5, 3, 990}},
                {2, {1000, 953, 954, 2, 3, 0}}};
  const auto findings = Findings(data);
  ASSERT_EQ(findings.size(), 4);
  EXPECT_THAT(findings[1], HasSubstr("'+ activations' adds most error: logits "
                                     "go from 40.0 dB to 30.0 dB"));
  EXPECT_THAT(findings[2],
              AllOf(HasSubstr("layer is conv2"), HasSubstr("91 %")));
  EXPECT_THAT(findings[3], HasSubstr("between -0.20 and +0.10 points"));
}

TEST(Findings, NameTheWorstActivations) {
  LayerErrors good, bad;
  const float real[] = {1, 2, 9};
  const uint8_t close[] = {10, 20, 90}, far[] = {0, 20, 255};
  good.Add(real, close, 3, 0.1f, 0);
  bad.Add(real, far, 3, 0.03f, 0);
  ReportData data;
  data.layers = {{"stem", good, {}}, {"body", bad, {}}, {"end", good, {}}};
  EXPECT_THAT(Findings(data)[1],
              AllOf(HasSubstr("furthest after body"),
                    HasSubstr("Most clipped is body: 1 of 3 values.")));
}

TEST(Findings, NothingMeasuredNothingSaid) {
  EXPECT_EQ(Findings({}).size(), 1);
  ReportData data;
  data.sensitivity = {{"conv", {}, INFINITY}};
  EXPECT_EQ(Findings(data)[1], "No layer alone changes a logit.");
}

}  // namespace
}  // namespace lockstep::quant
