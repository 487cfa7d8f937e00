#include "analysis/laws/fit.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;

MatrixXd Line(const VectorXd& x) {
  MatrixXd design(x.size(), 2);
  design << VectorXd::Ones(x.size()), x;
  return design;
}

TEST(FQuantile95, EqualsTables) {
  EXPECT_NEAR(FQuantile(0.95, 1, 1), 161.4476, 1e-3);
  EXPECT_NEAR(FQuantile(0.95, 2, 2), 19.0, 1e-6);
  EXPECT_NEAR(FQuantile(0.95, 2, 10), 4.1028, 1e-4);
  EXPECT_NEAR(FQuantile(0.95, 3, 5), 5.4095, 1e-4);
  EXPECT_NEAR(FQuantile(0.95, 3, 1000), 2.6138, 1e-4);
}

TEST(FitRelative, ExactDataGiveTheirParameters) {
  const VectorXd x = VectorXd::LinSpaced(6, 1, 6e6);
  const VectorXd y = 3e-6 + x.array() * 1e-9;
  const auto fit = FitRelative(Line(x), y);
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->parameters[0], 3e-6, 1e-12);
  EXPECT_NEAR(fit->parameters[1], 1e-9, 1e-15);
  EXPECT_EQ(fit->degrees_of_freedom, 4);
  const Parameter intercept = Linear(*fit, Vector2d(1, 0));
  EXPECT_LE(intercept.interval->low, 3e-6);
  EXPECT_GE(intercept.interval->high, 3e-6);
  EXPECT_LT(intercept.interval->high - intercept.interval->low, 1e-12);
}

TEST(FitRelative, AsManyPointsAsParametersHaveNoInterval) {
  const auto fit = FitRelative(Line(Vector2d(1, 2)), Vector2d(3, 5));
  ASSERT_TRUE(fit.ok());
  EXPECT_EQ(fit->degrees_of_freedom, 0);
  EXPECT_FALSE(Linear(*fit, Vector2d(0, 1)).interval.has_value());
  EXPECT_FALSE(
      Ratio(*fit, Vector2d(0, 1), Vector2d(1, 0)).interval.has_value());
  EXPECT_NEAR(Ratio(*fit, Vector2d(0, 1), Vector2d(1, 0)).value, 2, 1e-12);
}

TEST(FitRelative, RelativeErrorsCountAlike) {
  // 10 % high at the small end, 10 % low at the large one: the middle is kept.
  const auto fit = FitRelative(MatrixXd(Eigen::Vector3d(1, 10, 100)),
                               Eigen::Vector3d(1.1, 10, 90));
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->parameters[0], 1, 1e-6);
  EXPECT_NEAR(fit->residuals_percent[0], 10, 1e-4);
  EXPECT_NEAR(std::abs(QualityOf(*fit).largest_residual_percent), 10, 1e-4);
}

TEST(FitRelative, Refusals) {
  EXPECT_FALSE(FitRelative(Line(VectorXd::Ones(1)), VectorXd::Ones(1)).ok());
  EXPECT_FALSE(FitRelative(Line(VectorXd::Ones(4)), VectorXd::Ones(4)).ok());
  EXPECT_FALSE(FitRelative(Line(Vector2d(1, 2)), Vector2d(1, -1)).ok());
  EXPECT_FALSE(FitRelative(Line(Vector2d(1, 2)), Vector2d(1, NAN)).ok());
  EXPECT_FALSE(FitRelative(Line(Vector2d(1, INFINITY)), Vector2d(1, 2)).ok());
}

TEST(Ratio, IsUnboundedWhereItsDenominatorMayBeZero) {
  VectorXd y(5);
  y << 1, 3, 1, 3, 1;
  const auto fit = FitRelative(Line(VectorXd::LinSpaced(5, 1, 5)), y);
  ASSERT_TRUE(fit.ok());
  const Parameter ratio = Ratio(*fit, Vector2d(1, 0), Vector2d(0, 1));
  EXPECT_TRUE(std::isinf(ratio.interval->low));
  EXPECT_TRUE(std::isinf(ratio.interval->high));
  const Parameter clipped = Clipped(ratio, {0, 1});
  EXPECT_EQ(clipped.interval->low, 0);
  EXPECT_EQ(clipped.interval->high, 1);
}

}  // namespace
}  // namespace lockstep::analysis
