// Tables as aligned Markdown: reads as text on a terminal, pastes into a
// report.

#ifndef LOCKSTEP_REPORT_RENDER_MARKDOWN_H_
#define LOCKSTEP_REPORT_RENDER_MARKDOWN_H_

#include <string>
#include <vector>

#include "report/table.h"

namespace lockstep {

// A heading, the caption, the table, its notes.
std::string RenderMarkdown(const Table& table);

std::string RenderMarkdown(const std::vector<Table>& tables);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_MARKDOWN_H_
