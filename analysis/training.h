// What runs learned: whole trainings, and repeats of the same one.

#ifndef LOCKSTEP_ANALYSIS_TRAINING_H_
#define LOCKSTEP_ANALYSIS_TRAINING_H_

#include <optional>
#include <string>
#include <vector>

#include "analysis/run.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

// A training from its first update on, over all runs that went on with it.
struct Training {
  Run last;                         // the run that completed it
  std::vector<EpochResult> epochs;  // of all its runs, those evaluated or not
};

// Repeats with the same configuration and learning traits. Their lengths may
// differ: the shorter ones are beginnings of the longer ones.
struct TrainingGroup {
  Configuration configuration;
  std::vector<Training> trainings;  // at least one
};

// The completed trainings of `runs`, no twins, in the order of configurations;
// of reported ones those that are reported from the first epoch on.
std::vector<TrainingGroup> GroupTrainings(const std::vector<Run>& runs);

// The trainings that are as long as the longest.
std::vector<const Training*> LongestOf(const TrainingGroup& group);

// Updates of the last epoch; 0 without epochs.
uint64_t UpdatesOf(const Training& training);

// Images that the training had seen after its epoch `index`.
uint64_t ImagesUntil(const Training& training, size_t index);

// Test accuracy, 0 to 1, after an epoch; nothing if it was not evaluated.
std::optional<double> TestAccuracy(const EpochResult& epoch);

// Median over the repeats; an interval over them if there are enough.
Estimate OverTrainings(const std::vector<double>& values);

// What tells the group from the others: optimiser and learning traits that
// differ within `groups`, as "lr 0.1, lr_scaling linear"; "" if none does.
std::string LearningText(const TrainingGroup& group,
                         const std::vector<TrainingGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TRAINING_H_
