// Tables and findings as JSON, for programs. docs/json.md describes it,
// docs/report_schema.json defines it.

#ifndef LOCKSTEP_REPORT_RENDER_JSON_H_
#define LOCKSTEP_REPORT_RENDER_JSON_H_

#include <string>
#include <vector>

#include "report/finding_text.h"
#include "report/table.h"

namespace lockstep {

// Grows with every change that a reader could trip over.
inline constexpr int kJsonVersion = 1;

// One object and a line end. Numbers keep all their digits; what is missing,
// NaN or infinite is null; bytes that are not UTF-8 become U+FFFD.
std::string RenderJson(const std::vector<Table>& tables,
                       const std::vector<FindingText>& findings = {});

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_JSON_H_
