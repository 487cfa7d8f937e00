#include "quant/report_html.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ReportData Example() {
  ReportData data;
  data.evaluation.accuracy = {1000, 953, 951, 5, 3, 990};
  data.context.model = "<model>.onnx";
  return data;
}

TEST(HtmlReport, WhatIsEmptyIsLeftOut) {
  const std::string html = HtmlReport(Example());
  EXPECT_THAT(html, HasSubstr("<h2>Accuracy</h2>"));
  EXPECT_THAT(html, HasSubstr("<h2>Conditions</h2>"));
  EXPECT_THAT(html, HasSubstr("model: &lt;model&gt;.onnx"));
  for (const char* title : {"Stages", "Sensitivity", "Errors",
                            "Calibration draws", "Images that", "Confusion"})
    EXPECT_THAT(html, Not(HasSubstr(std::string("<h2>") + title)));
  EXPECT_THAT(html, Not(HasSubstr("<figure>")));
}

TEST(HtmlReport, HasAllParts) {
  ReportData data = Example();
  data.stages = {{"fp32", {}, 0}, {"int8 weights", {}, 30}};
  data.sensitivity = {{"conv1", {}, 30}};
  data.layers = {{"conv1", {}, {}}};
  data.draws = {{1, {}}};
  data.flips = {{4, 3, 3, 5, {}}};
  data.fp32_confusion = data.int8_confusion = Confusion();
  const std::string html = HtmlReport(data);
  for (const char* title :
       {"What int8 changes, and where", "Accuracy", "Paired statistics",
        "Stages", "Sensitivity", "Errors of each layer", "Calibration draws",
        "Images that int8 loses", "Confusion, fp32", "Confusion, int8",
        "Conditions"})
    EXPECT_THAT(html, HasSubstr(std::string("<h2>") + title + "</h2>"));
  EXPECT_THAT(html, HasSubstr("<img alt=\"\" src=\"data:image/bmp;base64,"));
  EXPECT_THAT(html, Not(HasSubstr("Images that int8 gains")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
}

TEST(HtmlReport, WithoutGnuplotOneLineSaysSo) {
  ReportData data = Example();
  data.histograms.resize(30);
  LayerErrors errors;
  const float real = 10;
  const uint8_t code = 9;
  errors.Add(&real, &code, 1, 1, 0);
  data.layers = {{"a", errors, {}}, {"b", errors, {}}};
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const std::string html = HtmlReport(data);
  setenv("PATH", path.c_str(), 1);
  const std::string reason = "Not drawn: gnuplot is not in PATH";
  EXPECT_THAT(html, HasSubstr(reason));
  EXPECT_EQ(html.find(reason), html.rfind(reason));
}

}  // namespace
}  // namespace lockstep::quant
