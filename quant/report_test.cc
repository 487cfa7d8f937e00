#include "quant/report.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Evaluation Example() {
  Evaluation e;
  e.accuracy = {1000, 953, 951, 5, 3, 990};
  e.fp32 = {10, 1000, 2};
  e.int8 = {4, 1000, 2};
  return e;
}

TEST(Report, SaysEverything) {
  ReportContext context;
  context.calibration = "calibration: minmax over the first 256";
  context.normalization_source = "the model's metadata";
  context.kernel = "reference";
  context.cpu = "Some CPU";
  const std::string text = Report(Example(), context);
  EXPECT_THAT(text, HasSubstr("| fp32 | 95.30 % | 953 of 1000 | 100.0 | 20.0"));
  EXPECT_THAT(text, HasSubstr("| int8 | 95.10 % | 951 of 1000 | 250.0 | 8.0"));
  EXPECT_THAT(text, HasSubstr("-0.20 points, 95 % interval [-0.75, +0.35]"));
  EXPECT_THAT(text, HasSubstr("5 right to wrong, 3 wrong to right"));
  EXPECT_THAT(text, HasSubstr("agreement: 99.00 %"));
  EXPECT_THAT(text, HasSubstr("- calibration: minmax over the first 256\n"));
  EXPECT_THAT(text, HasSubstr("from the model's metadata"));
  EXPECT_THAT(text, HasSubstr("int8 kernel: reference"));
  EXPECT_THAT(text, HasSubstr("CPU: Some CPU"));
  EXPECT_THAT(text, Not(HasSubstr("no flip")));
}

TEST(Report, DoesNotClaimCertaintyWithoutFlips) {
  Evaluation e = Example();
  e.accuracy = {1000, 953, 953, 0, 0, 1000};
  EXPECT_THAT(Report(e, {}), HasSubstr("under about 0.30 points"));
}

TEST(Report, SaysWhatAModelLacks) {
  Evaluation e = Example();
  e.baseline = kRoundedWeights;
  EXPECT_THAT(Report(e, {}), HasSubstr("| int8 weights | 95.30 %"));
  EXPECT_THAT(Report(e, {}), HasSubstr("difference int8 - int8 weights: "));
  ReportData data;
  data.evaluation = e;
  data.evaluation.baseline = "";
  const std::string text = MarkdownReport(data);
  EXPECT_THAT(text, HasSubstr("| int8 | 95.10 %"));
  for (const char* absent : {"fp32 |", "difference", "flips", "Paired", "mean"})
    EXPECT_THAT(text, Not(HasSubstr(absent)));
}

TEST(Report, PrintsWhatWasAskedFor) {
  ReportData data;
  data.evaluation = Example();
  EXPECT_EQ(TerminalReport(data), Report(data.evaluation, data.context));
  data.stages = {{"fp32", {1000, 953, 953, 0, 0, 1000}, INFINITY}};
  data.layers = {{"conv", {}, {}}};
  EXPECT_THAT(TerminalReport(data), HasSubstr("## Stages"));
  EXPECT_THAT(TerminalReport(data), Not(HasSubstr("## Errors")));
}

TEST(Report, FileBeginsWithWhatIsPrinted) {
  ReportData data;
  data.evaluation = Example();
  data.layers = {{"conv", {}, {}}};
  data.draws = {{7, data.evaluation.accuracy}};
  const std::string file = MarkdownReport(data);
  EXPECT_THAT(file, StartsWith(TerminalReport(data)));
  EXPECT_THAT(file, HasSubstr("\n\n## What int8 changes, and where\n\n- 5 "));
  EXPECT_THAT(file, HasSubstr("\n\n## Errors of each layer\n"));
  EXPECT_THAT(file, Not(HasSubstr("## Sensitivity")));
  EXPECT_THAT(file, Not(HasSubstr("\n\n\n")));
  EXPECT_THAT(file, EndsWith("|\n"));
}

}  // namespace
}  // namespace lockstep::quant
