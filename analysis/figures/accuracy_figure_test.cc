#include "analysis/figures/accuracy_figure.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/gnuplot.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

analysis::Run Evaluated(uint32_t batch) {
  std::vector<Record> records = RecordsOf(Ranks(1, batch));
  for (Record& record : records) {
    if (!record.has_epoch()) continue;
    record.mutable_epoch()->set_test_images(1000);
    record.mutable_epoch()->set_test_correct(300 +
                                             100 * record.epoch().epoch());
  }
  return RunOfRecords(records, "a.rec").value();
}

TEST(AccuracyFigures, AgainstTimeAndUpdates) {
  const auto figures = AccuracyFigures(GroupTrainings({Evaluated(100)}));
  ASSERT_EQ(figures.size(), 2);
  EXPECT_THAT(figures[0].script, HasSubstr("\n1.68 30 30 30\n2.36 40 40 40\n"));
  EXPECT_THAT(figures[1].script, HasSubstr("\n20 30 30 30\n40 40 40 40\n"));
  for (const FigureScript& figure : figures) {
    const auto svg =
        DrawSvg(figure.script, figure.name, figure.width, figure.height);
    if (absl::IsNotFound(svg.status())) GTEST_SKIP() << svg.status();
    EXPECT_TRUE(svg.ok()) << svg.status();
  }
}

TEST(AccuracyFigures, OnePointIsNoLine) {
  EXPECT_TRUE(AccuracyFigures(GroupTrainings(RunsOf({Ranks(1, 100)}))).empty());
}

}  // namespace
}  // namespace lockstep::analysis
