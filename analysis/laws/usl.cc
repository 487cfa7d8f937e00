#include "analysis/laws/usl.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep::analysis {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double Peak(double sigma, double kappa) {
  if (kappa <= 0) return kInfinity;
  return std::sqrt(std::max(1.0, (1 - sigma) / kappa));
}

// The peak falls with both, so its ends are at their ends.
Parameter PeakOf(const Parameter& sigma, const Parameter& kappa) {
  Parameter peak{Peak(sigma.value, kappa.value), {}};
  if (sigma.interval && kappa.interval)
    peak.interval = {Peak(sigma.interval->high, kappa.interval->high),
                     Peak(sigma.interval->low, kappa.interval->low)};
  return peak;
}

}  // namespace

absl::StatusOr<UslFit> FitUsl(Scaling scaling,
                              const std::vector<ScalingTime>& times) {
  const absl::Status applies =
      CheckApplies("The universal scalability law",
                   {Scaling::kStrong, Scaling::kThroughput}, 4, scaling, times);
  if (!applies.ok()) return applies;
  // T P = a + b (P - 1) + c P (P - 1): T1 = a, sigma = b / a, kappa = c / a.
  Eigen::MatrixXd design(times.size(), 3);
  Eigen::VectorXd rank_seconds(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    const double p = times[i].world_size;
    design.row(i) << 1, p - 1, p * (p - 1);
    rank_seconds[i] = p * times[i].seconds;
  }
  const auto fit = FitRelative(design, rank_seconds);
  if (!fit.ok()) return fit.status();
  const Eigen::Vector3d a(1, 0, 0), b(0, 1, 0), c(0, 0, 1);
  const Interval physical{0, kInfinity};
  UslFit usl;
  usl.one_rank_s = Linear(*fit, a);
  usl.contention = Clipped(Ratio(*fit, b, a), physical);
  usl.coherence = Clipped(Ratio(*fit, c, a), physical);
  usl.peak_world_size = PeakOf(usl.contention, usl.coherence);
  usl.quality = QualityOf(*fit);
  return usl;
}

}  // namespace lockstep::analysis
