#include "analysis/findings/audit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {

const std::vector<Rule>& Rules() {
  static const auto* const rules = new std::vector<Rule>{
#define LOCKSTEP_RULE(name) name(),
#include "analysis/findings/rules.inc"
#undef LOCKSTEP_RULE
  };
  return *rules;
}

const Rule* FindRule(const std::string& id) {
  for (const Rule& rule : Rules())
    if (absl::EqualsIgnoreCase(rule.id, id)) return &rule;
  return nullptr;
}

std::vector<Finding> Audit(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const Rule& rule : Rules()) {
    for (Finding& finding : rule.find(evidence)) {
      finding.id = rule.id;
      finding.title = rule.title;
      findings.push_back(std::move(finding));
    }
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return a.severity < b.severity;
                   });
  return findings;
}

}  // namespace lockstep::analysis
