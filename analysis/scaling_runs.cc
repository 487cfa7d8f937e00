#include "analysis/scaling_runs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

// Traits of the set-up that follow from the number of ranks.
constexpr const char* kFollowing[] = {kMechanismTrait, "hosts", "global batch"};

// DATA_PARALLEL shares its baseline with DDP and is another thing.
bool BelongsTo(const ScalingRuns& runs, const ScalingPoint& point) {
  const ScalingPoint& first = runs.points[0];
  const Configuration& a = first.group->configuration;
  const Configuration& b = point.group->configuration;
  if (first.baseline != point.baseline || a.mechanism != b.mechanism ||
      ExchangeOf(a) != ExchangeOf(b))
    return false;
  return std::none_of(
      runs.points.begin(), runs.points.end(), [&](const ScalingPoint& other) {
        return other.group->configuration.world_size == b.world_size;
      });
}

void AddTimes(const RunGroup& group, Scaling scaling,
              std::vector<ScalingTime>& times) {
  for (const Run& run : group.runs)
    times.push_back(
        {group.configuration.world_size, scaling == Scaling::kThroughput
                                             ? run.measurement.epoch_s
                                             : Median(run.measurement.step_s)});
}

}  // namespace

std::string ExchangeOf(const Configuration& configuration) {
  std::string text;
  for (const auto& [name, value] : configuration.setup)
    if (std::count(std::begin(kFollowing), std::end(kFollowing), name) == 0)
      absl::StrAppend(&text, name, "=", value, "\n");
  return text;
}

std::vector<ScalingRuns> ScalingRunsOf(const std::vector<RunGroup>& groups,
                                       Scaling scaling) {
  std::vector<ScalingRuns> all;
  for (const ScalingPoint& point : CompareRuns(groups, scaling).points) {
    const auto runs = std::find_if(
        all.begin(), all.end(),
        [&](const ScalingRuns& runs) { return BelongsTo(runs, point); });
    if (runs != all.end())
      runs->points.push_back(point);
    else
      all.push_back({scaling, {point}});
  }
  return all;
}

std::vector<ScalingTime> TimesOf(const ScalingRuns& runs) {
  std::vector<ScalingTime> times;
  AddTimes(*runs.points[0].baseline, runs.scaling, times);
  for (const ScalingPoint& point : runs.points)
    AddTimes(*point.group, runs.scaling, times);
  return times;
}

std::string NameOf(const ScalingRuns& runs) {
  const ScalingPoint& first = runs.points[0];
  const Mechanism mechanism = first.group->configuration.mechanism;
  return absl::StrCat(
      ScalingName(runs.scaling),
      mechanism == DATA_PARALLEL ? ", " + MechanismName(mechanism) : "", ", #",
      first.baseline->number, " (",
      RanksAndBatch(first.baseline->configuration), ")");
}

}  // namespace lockstep::analysis
