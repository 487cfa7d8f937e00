#include "analysis/laws/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "Eigen/Cholesky"
#include "Eigen/QR"
#include "absl/strings/str_cat.h"
#include "unsupported/Eigen/SpecialFunctions"

namespace lockstep::analysis {
namespace {

// Weights settle to a few digits more than any interval shows.
constexpr int kReweightings = 6;
// 95 %, and half of the rest to spare; see the header.
constexpr double kConfidence = 0.975;
// No time is known better than this share of itself: an interval from data
// without noise must still hold its own rounding.
constexpr double kRounding = 1e-9;

// Rows of design and measured values divided by `scale`: every row then has the
// same error.
struct Scaled {
  Eigen::MatrixXd design;
  Eigen::VectorXd measured;
};

Scaled ScaledBy(const Eigen::VectorXd& scale, const Eigen::MatrixXd& design,
                const Eigen::VectorXd& measured) {
  return {scale.cwiseInverse().asDiagonal() * design,
          measured.cwiseQuotient(scale)};
}

// Columns of very different sizes (seconds, seconds a byte) are made equal
// before the decomposition judges its rank.
absl::StatusOr<Eigen::VectorXd> Solve(const Scaled& rows) {
  const Eigen::VectorXd size = rows.design.colwise().norm();
  if (size.minCoeff() > 0) {
    const Eigen::MatrixXd equal =
        rows.design * size.cwiseInverse().asDiagonal();
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(equal);
    qr.setThreshold(1e-7);
    if (qr.rank() == rows.design.cols())
      return Eigen::VectorXd(qr.solve(rows.measured).cwiseQuotient(size));
  }
  return absl::InvalidArgumentError(
      "the points do not tell all parameters apart");
}

void SetCovariances(const Scaled& rows, const Eigen::VectorXd& residuals,
                    LinearFit& fit) {
  const Eigen::VectorXd size = rows.design.colwise().norm();
  const Eigen::MatrixXd equal = rows.design * size.cwiseInverse().asDiagonal();
  const Eigen::MatrixXd back = size.cwiseInverse().asDiagonal();
  const Eigen::MatrixXd inverse =
      (equal.transpose() * equal)
          .llt()
          .solve(Eigen::MatrixXd::Identity(size.size(), size.size()));
  const double variance =
      residuals.squaredNorm() / std::max(fit.degrees_of_freedom, 1);
  fit.covariance = (variance + kRounding * kRounding) * (back * inverse * back);
  // How much each point pulls the fit to itself, 1 = wholly.
  const Eigen::VectorXd leverage =
      (equal * inverse).cwiseProduct(equal).rowwise().sum();
  const Eigen::VectorXd own = residuals.cwiseAbs2().cwiseQuotient(
      (1 - leverage.array()).square().max(kRounding).matrix());
  fit.robust_covariance = back * inverse *
                          (equal.transpose() * own.asDiagonal() * equal) *
                          inverse * back;
}

// The squared length, in standard errors, of the ellipsoid's half-axes.
double SquaredRadius(const LinearFit& fit) {
  const int p = static_cast<int>(fit.parameters.size());
  return p * FQuantile(kConfidence, p, fit.degrees_of_freedom);
}

Interval Hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval LinearRange(double value, const Eigen::VectorXd& w,
                     const Eigen::MatrixXd& covariance, double radius2) {
  const double half = std::sqrt(radius2 * w.dot(covariance * w));
  return {value - half, value + half};
}

// All r for which numerator - r denominator may be 0.
Interval RatioRange(const LinearFit& fit, const Eigen::VectorXd& u,
                    const Eigen::VectorXd& v, const Eigen::MatrixXd& covariance,
                    double radius2) {
  const double nu = u.dot(fit.parameters), de = v.dot(fit.parameters);
  const double a = de * de - radius2 * v.dot(covariance * v);
  const double b = nu * de - radius2 * u.dot(covariance * v);
  const double c = nu * nu - radius2 * u.dot(covariance * u);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!(a > 0)) return {-kInfinity, kInfinity};
  const double root = std::sqrt(std::max(0.0, b * b - a * c));
  return {(b - root) / a, (b + root) / a};
}

}  // namespace

absl::StatusOr<LinearFit> FitRelative(const Eigen::MatrixXd& design,
                                      const Eigen::VectorXd& measured) {
  const Eigen::Index points = design.rows(), parameters = design.cols();
  if (points < parameters)
    return absl::InvalidArgumentError(absl::StrCat(
        points, " points, ", parameters, " parameters need at least as many"));
  if (!measured.allFinite() || !design.allFinite() || measured.minCoeff() <= 0)
    return absl::InvalidArgumentError("a point is not a time above 0");
  LinearFit fit;
  Eigen::VectorXd fitted = measured;
  for (int i = 0; i < kReweightings; ++i) {
    const auto solution = Solve(ScaledBy(fitted, design, measured));
    if (!solution.ok()) return solution.status();
    fit.parameters = *solution;
    fitted = design * fit.parameters;
    if (!(fitted.minCoeff() > 0))
      return absl::InvalidArgumentError(
          "the fitted time of a point is not positive: the law does not "
          "describe these points");
  }
  const Eigen::VectorXd residuals = (measured - fitted).cwiseQuotient(fitted);
  fit.degrees_of_freedom = static_cast<int>(points - parameters);
  SetCovariances(ScaledBy(fitted, design, measured), residuals, fit);
  for (const double residual : residuals)
    fit.residuals_percent.push_back(100 * residual);
  return fit;
}

FitQuality QualityOf(const LinearFit& fit) {
  const std::vector<double>& all = fit.residuals_percent;
  const auto worst = std::max_element(
      all.begin(), all.end(),
      [](double a, double b) { return std::abs(a) < std::abs(b); });
  return {all.size(), fit.degrees_of_freedom, *worst,
          static_cast<size_t>(worst - all.begin())};
}

Parameter Linear(const LinearFit& fit, const Eigen::VectorXd& weights) {
  Parameter result{weights.dot(fit.parameters), {}};
  if (fit.degrees_of_freedom == 0) return result;
  const double radius2 = SquaredRadius(fit);
  result.interval =
      Hull(LinearRange(result.value, weights, fit.covariance, radius2),
           LinearRange(result.value, weights, fit.robust_covariance, radius2));
  return result;
}

Parameter Ratio(const LinearFit& fit, const Eigen::VectorXd& numerator,
                const Eigen::VectorXd& denominator) {
  Parameter result{
      numerator.dot(fit.parameters) / denominator.dot(fit.parameters), {}};
  if (fit.degrees_of_freedom == 0) return result;
  const double radius2 = SquaredRadius(fit);
  const auto range = [&](const Eigen::MatrixXd& covariance) {
    return RatioRange(fit, numerator, denominator, covariance, radius2);
  };
  result.interval = Hull(range(fit.covariance), range(fit.robust_covariance));
  return result;
}

Parameter Clipped(Parameter parameter, const Interval& range) {
  const auto clip = [&](double x) {
    return std::clamp(x, range.low, range.high);
  };
  parameter.value = clip(parameter.value);
  if (parameter.interval)
    parameter.interval = {clip(parameter.interval->low),
                          clip(parameter.interval->high)};
  return parameter;
}

Parameter Inverse(const Parameter& parameter) {
  const auto inverse = [](double x) {
    return x > 0 ? 1 / x : std::numeric_limits<double>::infinity();
  };
  Parameter result{inverse(parameter.value), {}};
  if (parameter.interval)
    result.interval = {inverse(parameter.interval->high),
                       inverse(parameter.interval->low)};
  return result;
}

double FQuantile(double probability, int numerator_degrees,
                 int denominator_degrees) {
  const double d1 = numerator_degrees, d2 = denominator_degrees;
  // The distribution of x = d1 F / (d1 F + d2), halved to the last bit.
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double x = (low + high) / 2;
    (Eigen::numext::betainc(d1 / 2, d2 / 2, x) < probability ? low : high) = x;
  }
  return d2 * low / (d1 * (1 - low));
}

}  // namespace lockstep::analysis
