// docs/reliability.md lists the cells that the matrix has, and what it expects
// of them.

#include "train/faults/document.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CellSeconds All(std::optional<double> seconds) {
  return CellSeconds(Faults().size(), std::vector<std::optional<double>>(
                                          Phases().size(), seconds));
}

// To renew: bazel run //train/faults:fault_matrix -- --output
// docs/reliability.md
TEST(Document, IsOfTheseCells) {
  const std::string document =
      ReadFile("docs/reliability.md").value_or("no file");
  EXPECT_EQ(WithoutMeasurements(document),
            WithoutMeasurements(ReliabilityDocument(All(1.5), "here")));
  EXPECT_THAT(document, Not(HasSubstr("not run")));
}

TEST(Document, MeasurementsAreWhatDiffers) {
  const std::string one = ReliabilityDocument(All(1.5), "2 cores of X.");
  const std::string other = ReliabilityDocument(All({}), "64 cores of Y.");
  EXPECT_NE(one, other);
  EXPECT_THAT(one, HasSubstr("; 1.5 s |"));
  EXPECT_THAT(one, HasSubstr("Measured: 2 cores of X."));
  EXPECT_EQ(WithoutMeasurements(one), WithoutMeasurements(other));
}

}  // namespace
}  // namespace lockstep
