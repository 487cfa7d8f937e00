#include "analysis/laws/gustafson.h"

namespace lockstep::analysis {

absl::StatusOr<GustafsonFit> FitGustafson(
    Scaling scaling, const std::vector<ScalingTime>& times) {
  const absl::Status applies =
      CheckApplies("Gustafson's law", {Scaling::kWeak}, 2, scaling, times);
  if (!applies.ok()) return applies;
  // Linear in rates: 1 / t = a - b (P - 1) / P with a = 1 / t(1), b = s a.
  Eigen::MatrixXd design(times.size(), 2);
  Eigen::VectorXd rates(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    design.row(i) << 1, 1.0 / times[i].world_size - 1;
    rates[i] = 1 / times[i].seconds;
  }
  const auto fit = FitRelative(design, rates);
  if (!fit.ok()) return fit.status();
  const Eigen::Vector2d first(1, 0), second(0, 1);
  return GustafsonFit{Inverse(Linear(*fit, first)),
                      Clipped(Ratio(*fit, second, first), {0, 1}),
                      QualityOf(*fit)};
}

}  // namespace lockstep::analysis
