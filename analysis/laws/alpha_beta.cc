#include "analysis/laws/alpha_beta.h"

#include <limits>
#include <set>

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

absl::Status Refused(const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat("alpha and beta: ", why));
}

absl::Status CheckTimes(const std::vector<AllReduceTime>& times) {
  std::set<double> sizes;
  for (const AllReduceTime& time : times) {
    if (time.world_size < 2)
      return Refused("an all-reduce of one rank moves nothing");
    if (!(time.bytes > 0)) return Refused("an all-reduce without bytes");
    sizes.insert(time.bytes);
  }
  if (sizes.size() < 2)
    return Refused(absl::StrCat(
        "they need two different sizes, there ",
        sizes.size() == 1 ? "is" : "are", " ", sizes.size(),
        sizes.empty() ? "" : absl::StrCat(" (", *sizes.begin(), " B)"),
        "; run with --comm_baseline"));
  return absl::OkStatus();
}

}  // namespace

double AllReduceSeconds(uint32_t world_size, double bytes, double alpha_s,
                        double seconds_per_byte) {
  if (world_size < 2) return 0;
  const double messages = 2.0 * (world_size - 1);
  return messages * alpha_s + messages / world_size * bytes * seconds_per_byte;
}

absl::StatusOr<AlphaBetaFit> FitAlphaBeta(
    const std::vector<AllReduceTime>& times) {
  const absl::Status usable = CheckTimes(times);
  if (!usable.ok()) return usable;
  Eigen::MatrixXd design(times.size(), 2);
  Eigen::VectorXd seconds(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    const AllReduceTime& time = times[i];
    design.row(i) << AllReduceSeconds(time.world_size, time.bytes, 1, 0),
        AllReduceSeconds(time.world_size, time.bytes, 0, 1);
    seconds[i] = time.seconds;
  }
  auto fit = FitRelative(design, seconds);
  if (!fit.ok()) return Refused(std::string(fit.status().message()));
  const Parameter alpha = Linear(*fit, Eigen::Vector2d(1, 0));
  const Parameter slope =
      Clipped(Linear(*fit, Eigen::Vector2d(0, 1)), {0, kInfinity});
  if (slope.value <= 0)
    return Refused("the time does not grow with the size, so there is no beta");
  const FitQuality quality = QualityOf(*fit);
  return AlphaBetaFit{Clipped(alpha, {0, kInfinity}), Inverse(slope),
                      *std::move(fit), quality};
}

}  // namespace lockstep::analysis
