// The rules of the audit, each in the file of its name.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_RULES_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_RULES_H_

#include "analysis/findings/finding.h"

namespace lockstep::analysis {

#define LOCKSTEP_RULE(name) Rule name();
#include "analysis/findings/rules.inc"
#undef LOCKSTEP_RULE

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_RULES_H_
