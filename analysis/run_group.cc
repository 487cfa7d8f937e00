#include "analysis/run_group.h"

#include <functional>
#include <map>
#include <utility>

namespace lockstep::analysis {
namespace {

using Samples = std::vector<double>;

// A run's figure, and the same figure from resampled steps; none without steps
// to resample.
struct RunFigure {
  double value = 0;
  Replicate of_steps;
};

Estimate OverRepeats(const std::vector<RunFigure>& runs, uint64_t seed) {
  Samples values;
  for (const RunFigure& run : runs) values.push_back(run.value);
  return Bootstrap(Median(values), seed, [&](Random& random) {
    return Median(Resample(values, random));
  });
}

Estimate OverSteps(const std::vector<RunFigure>& runs, uint64_t seed) {
  Samples values;
  bool can_resample = true;
  for (const RunFigure& run : runs) {
    values.push_back(run.value);
    can_resample &= run.of_steps != nullptr;
  }
  if (!can_resample) return {Median(values), {}};
  return Bootstrap(Median(values), seed, [&](Random& random) {
    for (size_t i = 0; i < runs.size(); ++i)
      values[i] = runs[i].of_steps(random);
    return Median(values);
  });
}

RunFigure MedianFigure(const Samples& samples) {
  return {Median(samples),
          samples.size() > 1 ? MedianReplicate(samples) : nullptr};
}

// `value`, which is offset + factor times the mean of `samples`.
RunFigure MeanFigure(double value, double offset, double factor,
                     const Samples& samples) {
  if (samples.size() < 2) return {value, nullptr};
  return {value, [=, mean = MeanReplicate(samples)](Random& random) {
            return offset + factor * mean(random);
          }};
}

// The group's number is the seed: figures of one group are resampled alike,
// those of two groups independently.
Estimate EstimateOf(const RunGroup& group, Spread spread,
                    const std::function<RunFigure(const Measurement&)>& f) {
  std::vector<RunFigure> runs;
  for (const Run& run : group.runs) runs.push_back(f(run.measurement));
  return spread == Spread::kRepeats ? OverRepeats(runs, group.number)
                                    : OverSteps(runs, group.number);
}

}  // namespace

std::vector<RunGroup> GroupRuns(const std::vector<Run>& runs) {
  std::map<Configuration, std::vector<Run>> by_configuration;
  for (const Run& run : runs)
    if (run.left_out.empty())
      by_configuration[run.configuration].push_back(run);
  std::vector<RunGroup> groups;
  for (auto& [configuration, repeats] : by_configuration) {
    const int number = static_cast<int>(groups.size()) + 1;
    groups.push_back({number, configuration, std::move(repeats)});
  }
  return groups;
}

bool HasEnoughRepeats(const RunGroup& group) {
  return group.runs.size() >= kEnoughRepeats;
}

bool HasParts(const RunGroup& group) {
  return group.configuration.provenance != REPORTED;
}

Spread BestSpread(const RunGroup& group) {
  return HasEnoughRepeats(group) ? Spread::kRepeats : Spread::kSteps;
}

Estimate StepTime(const RunGroup& group, Spread spread) {
  return EstimateOf(group, spread, [](const Measurement& m) {
    return MedianFigure(m.step_s);
  });
}

Estimate EpochTime(const RunGroup& group, Spread spread) {
  return EstimateOf(group, spread, [](const Measurement& m) {
    return MeanFigure(m.epoch_s, 0, m.epoch_s / Mean(m.step_s), m.step_s);
  });
}

Estimate MedianOf(const std::vector<Samples>& samples_by_run, uint64_t seed) {
  std::vector<RunFigure> runs;
  for (const Samples& samples : samples_by_run)
    if (!samples.empty()) runs.push_back(MedianFigure(samples));
  return runs.size() >= kEnoughRepeats ? OverRepeats(runs, seed)
                                       : OverSteps(runs, seed);
}

Estimate PartTime(const RunGroup& group, double (*part)(const StepParts&)) {
  return EstimateOf(group, BestSpread(group), [=](const Measurement& m) {
    Samples sampled;
    for (const StepParts& step : m.sampled) sampled.push_back(part(step));
    const double offset = part(m.parts) - Mean(sampled);
    return MeanFigure(part(m.parts), offset, 1, sampled);
  });
}

}  // namespace lockstep::analysis
