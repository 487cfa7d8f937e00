// Least squares on relative errors, with intervals that hold for all parameters
// at once.
//
// Times vary by a share of themselves: a step of 1 s is off by 50 ms where one
// of 10 ms is off by 0.5. So the weight of a point is 1 / T^2, with the fitted
// T: weights from the measured one would follow points that happen to be low.
//
// An interval is the range of a quantity over the 95 % confidence ellipsoid of
// all p parameters: half-width sqrt(p F_{0.95; p, n-p}) standard errors.
// Source: Scheffe, The Analysis of Variance (1959), section 2.3; for ratios
// Fieller, JRSS B 16 (1954) 175, on the same ellipsoid. Standard errors are the
// larger of two: from the residuals' mean square, and one that lets each point
// have a variance of its own (MacKinnon and White, J. Econometrics 29 (1985)
// 305, HC2), so that noise that is not a share of T does not make them too
// short.

#ifndef LOCKSTEP_ANALYSIS_LAWS_FIT_H_
#define LOCKSTEP_ANALYSIS_LAWS_FIT_H_

#include <optional>
#include <string>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"
#include "report/statistics.h"

namespace lockstep::analysis {

// A fitted quantity; no interval where the fit is exact (as many points as
// parameters): then nothing tells its error.
struct Parameter {
  double value = 0;
  std::optional<Interval> interval;
};

struct LinearFit {
  Eigen::VectorXd parameters;  // p
  // p x p, of the parameters: with one variance for all points, and with one
  // for each.
  Eigen::MatrixXd covariance, robust_covariance;
  std::vector<double> residuals_percent;  // 100 (measured - fitted) / fitted
  int degrees_of_freedom = 0;             // n - p; 0 = an exact fit
};

// What every fit tells of itself.
struct FitQuality {
  size_t points = 0;
  int degrees_of_freedom = 0;
  double largest_residual_percent = 0;  // with its sign
  size_t worst_point = 0;               // its index among the given points
};

// `measured` (n, above 0) as `design` (n x p) times the parameters. Errors:
// fewer points than parameters, points that do not tell all parameters apart, a
// fitted value that is not positive.
absl::StatusOr<LinearFit> FitRelative(const Eigen::MatrixXd& design,
                                      const Eigen::VectorXd& measured);

FitQuality QualityOf(const LinearFit& fit);

// `weights` . parameters.
Parameter Linear(const LinearFit& fit, const Eigen::VectorXd& weights);

// (numerator . parameters) / (denominator . parameters). The interval is
// without bounds where the denominator cannot be told from 0.
Parameter Ratio(const LinearFit& fit, const Eigen::VectorXd& numerator,
                const Eigen::VectorXd& denominator);

// Kept within what is physically possible, both value and interval.
Parameter Clipped(Parameter parameter, const Interval& range);

// 1 / parameter, which is above 0; its interval is cut at 0.
Parameter Inverse(const Parameter& parameter);

// The value that an F-distributed variable is below with this probability.
double FQuantile(double probability, int numerator_degrees,
                 int denominator_degrees);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_FIT_H_
