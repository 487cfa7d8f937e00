#include "analysis/training.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::analysis {
namespace {

using Key = std::pair<Configuration, Traits>;

// Names of workload, setup and learning traits, which have columns elsewhere.
bool IsShown(const std::string& trait) {
  for (const char* shown : {"model", "parameters", "mechanism", "global batch",
                            "gradient bytes", "launcher", "backend", "hosts"})
    if (trait == shown) return true;
  return false;
}

Traits AllTraits(const Configuration& c) {
  Traits traits = c.workload;
  traits.insert(traits.end(), c.learning.begin(), c.learning.end());
  return traits;
}

// The epochs of the runs that `run` goes on with, then its own.
std::vector<EpochResult> AllEpochs(
    const Run& run, const std::map<std::string, const Run*>& by_id) {
  std::vector<EpochResult> epochs = run.epochs;
  std::set<std::string> seen = {run.id};
  for (const Run* at = &run; !at->resumed_run_id.empty();) {
    const auto before = by_id.find(at->resumed_run_id);
    if (before == by_id.end() || !seen.insert(before->first).second) break;
    at = before->second;
    epochs.insert(epochs.begin(), at->epochs.begin(), at->epochs.end());
  }
  return epochs;
}

// A report may have some epochs only, and no clock.
bool IsWhole(const Run& run) {
  if (run.configuration.provenance != REPORTED) return true;
  return !run.epochs.empty() && run.epochs.front().epoch == 0 &&
         run.epochs.back().elapsed_s > 0;
}

}  // namespace

std::vector<TrainingGroup> GroupTrainings(const std::vector<Run>& runs) {
  std::map<std::string, const Run*> by_id;
  for (const Run& run : runs) by_id.emplace(run.id, &run);
  std::map<Key, TrainingGroup> groups;
  for (const Run& run : runs) {
    if (!run.completed || IsTwin(run.configuration) || !IsWhole(run) ||
        by_id[run.id] != &run)
      continue;
    TrainingGroup& group =
        groups[{run.configuration, run.configuration.learning}];
    group.configuration = run.configuration;
    group.trainings.push_back({run, AllEpochs(run, by_id)});
  }
  std::vector<TrainingGroup> result;
  for (auto& [key, group] : groups) result.push_back(std::move(group));
  return result;
}

std::vector<const Training*> LongestOf(const TrainingGroup& group) {
  uint64_t most = 0;
  for (const Training& training : group.trainings)
    most = std::max(most, UpdatesOf(training));
  std::vector<const Training*> longest;
  for (const Training& training : group.trainings)
    if (UpdatesOf(training) == most) longest.push_back(&training);
  return longest;
}

uint64_t UpdatesOf(const Training& training) {
  return training.epochs.empty() ? 0 : training.epochs.back().updates;
}

uint64_t ImagesUntil(const Training& training, size_t index) {
  uint64_t images = 0;
  for (size_t i = 0; i <= index; ++i) images += training.epochs[i].train_images;
  return images;
}

std::optional<double> TestAccuracy(const EpochResult& epoch) {
  if (epoch.test_images == 0) return std::nullopt;
  return 1.0 * epoch.test_correct / epoch.test_images;
}

Estimate OverTrainings(const std::vector<double>& values) {
  if (values.size() < kEnoughRepeats) return {Median(values), {}};
  return Bootstrap(Median(values), 1, [&](Random& random) {
    return Median(Resample(values, random));
  });
}

std::string LearningText(const TrainingGroup& group,
                         const std::vector<TrainingGroup>& groups) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : AllTraits(group.configuration)) {
    const bool differs = std::any_of(
        groups.begin(), groups.end(),
        [&, &name = name, &value = value](const auto& other) {
          return TraitValue(AllTraits(other.configuration), name) != value;
        });
    if (differs && !value.empty() && !IsShown(name))
      texts.push_back(absl::StrCat(name, " ", value));
  }
  return absl::StrJoin(texts, ", ");
}

}  // namespace lockstep::analysis
