#include "analysis/findings/finding.h"

namespace lockstep::analysis {

const char* SeverityName(Severity severity) {
  constexpr const char* kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<int>(severity)];
}

}  // namespace lockstep::analysis
