#include "analysis/representative_step.h"

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/measured_epochs.h"

namespace lockstep::analysis {
namespace {

double LongestRank(const Step& step) {
  double longest = 0;
  for (const RankStep& rank : step.ranks())
    longest = std::max(longest, rank.total_s());
  return longest;
}

}  // namespace

std::optional<Step> RepresentativeStep(const std::vector<Record>& records) {
  const std::set<uint32_t> measured = MeasuredEpochs(records);
  std::vector<std::pair<double, const Step*>> steps;
  for (const Record& record : records)
    if (record.has_step() && record.step().ranks_size() > 0 &&
        IsMeasured(record.step(), measured))
      steps.emplace_back(LongestRank(record.step()), &record.step());
  if (steps.empty()) return {};
  const auto middle = steps.begin() + (steps.size() - 1) / 2;
  // Equal times by their steps: the same record gives the same one.
  std::nth_element(steps.begin(), middle, steps.end(),
                   [](const auto& a, const auto& b) {
                     return std::make_pair(a.first, a.second->global_step()) <
                            std::make_pair(b.first, b.second->global_step());
                   });
  return *middle->second;
}

}  // namespace lockstep::analysis
