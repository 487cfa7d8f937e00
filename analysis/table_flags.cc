#include "analysis/table_flags.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

ABSL_FLAG(double, link_peak_gbps, 0,
          "[bandwidth] peak of the link in Gbit/s, per direction and rank, for "
          "the utilisation; replaces what the records declare");
ABSL_FLAG(std::string, target_accuracy, "",
          "[accuracy] test accuracies, from 0 to 1, for the time to accuracy, "
          "for example 0.5,0.6; default: the two highest multiples of 0.1 that "
          "a run reached");
ABSL_FLAG(std::string, predict_world_sizes, "",
          "[prediction] numbers of ranks to predict steps and epochs for, for "
          "example 8,16; also prints the error of such predictions on the runs "
          "at hand");
ABSL_FLAG(
    double, predict_link_gbps, 0,
    "[prediction] predict for a link of so many Gbit/s, per direction and "
    "rank; 0 = the link that the runs had");

namespace lockstep::analysis {
namespace {

absl::StatusOr<std::vector<double>> Targets() {
  const std::string text = absl::GetFlag(FLAGS_target_accuracy);
  std::vector<double> targets;
  for (absl::string_view word : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    double target = 0;
    if (!absl::SimpleAtod(word, &target) || !(target > 0 && target <= 1))
      return absl::InvalidArgumentError(
          absl::StrCat("illegal value '", text,
                       "' for --target_accuracy: expected numbers above 0 and "
                       "up to 1, with commas between"));
    targets.push_back(target);
  }
  return targets;
}

absl::StatusOr<PredictOptions> Predictions() {
  const std::string text = absl::GetFlag(FLAGS_predict_world_sizes);
  PredictOptions options;
  for (absl::string_view word : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    uint32_t ranks = 0;
    if (!absl::SimpleAtoi(word, &ranks) || ranks == 0 || ranks > 1000000)
      return absl::InvalidArgumentError(absl::StrCat(
          "illegal value '", text,
          "' for --predict_world_sizes: expected numbers of ranks from 1 to "
          "1000000, with commas between"));
    options.world_sizes.push_back(ranks);
  }
  const double gbps = absl::GetFlag(FLAGS_predict_link_gbps);
  if (!std::isfinite(gbps) || gbps < 0)
    return absl::InvalidArgumentError(
        absl::StrCat("illegal value '", gbps,
                     "' for --predict_link_gbps: expected Gbit/s, 0 for the "
                     "link that the runs had"));
  if (gbps > 0 && options.world_sizes.empty())
    return absl::InvalidArgumentError(
        "--predict_link_gbps needs --predict_world_sizes");
  options.link_gb_per_s = gbps / 8;
  return options;
}

absl::StatusOr<double> LinkPeak() {
  const double peak = absl::GetFlag(FLAGS_link_peak_gbps);
  if (!std::isfinite(peak) || peak < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "illegal value '", peak,
        "' for --link_peak_gbps: expected Gbit/s, 0 for not declared"));
  return peak / 8;
}

}  // namespace

absl::StatusOr<ReportOptions> OptionsFromFlags() {
  const absl::StatusOr<double> peak = LinkPeak();
  if (!peak.ok()) return peak.status();
  const absl::StatusOr<std::vector<double>> targets = Targets();
  if (!targets.ok()) return targets.status();
  const absl::StatusOr<PredictOptions> predictions = Predictions();
  if (!predictions.ok()) return predictions.status();
  return ReportOptions{*peak, *targets, *predictions};
}

}  // namespace lockstep::analysis
