#include "analysis/laws/amdahl.h"

namespace lockstep::analysis {

absl::StatusOr<AmdahlFit> FitAmdahl(Scaling scaling,
                                    const std::vector<ScalingTime>& times) {
  const absl::Status applies =
      CheckApplies("Amdahl's law", {Scaling::kStrong}, 2, scaling, times);
  if (!applies.ok()) return applies;
  // T = a + b / P: T1 = a + b, s = a / (a + b).
  Eigen::MatrixXd design(times.size(), 2);
  Eigen::VectorXd seconds(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    design.row(i) << 1, 1.0 / times[i].world_size;
    seconds[i] = times[i].seconds;
  }
  const auto fit = FitRelative(design, seconds);
  if (!fit.ok()) return fit.status();
  const Eigen::Vector2d serial(1, 0), all(1, 1);
  return AmdahlFit{Linear(*fit, all), Clipped(Ratio(*fit, serial, all), {0, 1}),
                   QualityOf(*fit)};
}

}  // namespace lockstep::analysis
