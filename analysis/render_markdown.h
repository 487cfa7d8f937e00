// Tables as aligned Markdown: reads as text on a terminal, pastes into a
// report.

#ifndef LOCKSTEP_ANALYSIS_RENDER_MARKDOWN_H_
#define LOCKSTEP_ANALYSIS_RENDER_MARKDOWN_H_

#include <string>
#include <vector>

#include "analysis/table.h"

namespace lockstep::analysis {

// A heading, the caption, the table, its notes.
std::string RenderMarkdown(const Table& table);

std::string RenderMarkdown(const std::vector<Table>& tables);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_RENDER_MARKDOWN_H_
