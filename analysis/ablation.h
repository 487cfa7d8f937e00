// Pairs of configurations that differ in one setting, and what the setting
// costs a step.

#ifndef LOCKSTEP_ANALYSIS_ABLATION_H_
#define LOCKSTEP_ANALYSIS_ABLATION_H_

#include <string>
#include <vector>

#include "analysis/run_group.h"

namespace lockstep::analysis {

// The group whose configuration is that of `group`, but for the trait `name`
// (configuration.h), which is `value` there; null if there is none. Points into
// `groups`.
const RunGroup* FindVariant(const std::vector<RunGroup>& groups,
                            const RunGroup& group, const std::string& name,
                            const std::string& value);

// T(a) - T(b), step time in seconds. Repeats are resampled if both groups have
// enough of them, else steps; the two groups independently.
Estimate StepTimeDifference(const RunGroup& a, const RunGroup& b);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_ABLATION_H_
