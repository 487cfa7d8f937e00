#include "analysis/figures/run_series.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.h"

namespace lockstep::analysis {

bool SeveralModels(const std::vector<RunGroup>& groups) {
  std::set<std::string> models;
  for (const RunGroup& group : groups) models.insert(group.configuration.model);
  return models.size() > 1;
}

std::string SeriesTitle(const Configuration& configuration, bool several_models,
                        std::string what) {
  if (configuration.mechanism == DATA_PARALLEL)
    what = absl::StrCat(MechanismName(DATA_PARALLEL), ", ", what);
  return several_models ? absl::StrCat(configuration.model, ", ", what) : what;
}

std::vector<PlotSeries> Sorted(std::map<SeriesKey, PlotSeries>&& by_key) {
  std::vector<PlotSeries> all;
  for (auto& [key, series] : by_key) {
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
    all.push_back(std::move(series));
  }
  return all;
}

bool HasManyRanks(const std::vector<RunGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const RunGroup& group) {
    return group.configuration.world_size > kManyRanks;
  });
}

}  // namespace lockstep::analysis
