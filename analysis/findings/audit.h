// The rules that look for what is wrong with numbers.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_AUDIT_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_AUDIT_H_

#include <string>
#include <vector>

#include "analysis/findings/finding.h"

namespace lockstep::analysis {

// All rules, in the order of rules.inc.
const std::vector<Rule>& Rules();

// The rule with this id, upper or lower case; null without one.
const Rule* FindRule(const std::string& id);

// What the rules find: errors first, then warnings, then notes; within each in
// the order of the rules.
std::vector<Finding> Audit(const Evidence& evidence);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_AUDIT_H_
