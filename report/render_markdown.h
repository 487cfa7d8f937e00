// Tables as aligned Markdown: reads as text on a terminal, pastes into a
// report.

#ifndef LOCKSTEP_REPORT_RENDER_MARKDOWN_H_
#define LOCKSTEP_REPORT_RENDER_MARKDOWN_H_

#include <string>
#include <vector>

#include "report/table.h"

namespace lockstep {

// A heading, the caption, the table, its notes. Findings stand behind what they
// concern: "0.010 [E1]". A table of more than 120 characters a line is made
// narrower: columns that are equal or empty in all rows become a line above it,
// intervals lose digits that are noise, and what is still too wide is cut in
// parts that begin with the columns that name a row. CSV and JSON have every
// digit.
std::string RenderMarkdown(const Table& table);

std::string RenderMarkdown(const std::vector<Table>& tables);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_MARKDOWN_H_
