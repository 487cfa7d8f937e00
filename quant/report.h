// What //quant:eval prints and writes to quant.md.

#ifndef LOCKSTEP_QUANT_REPORT_H_
#define LOCKSTEP_QUANT_REPORT_H_

#include <string>
#include <vector>

#include "quant/report_data.h"

namespace lockstep::quant {

// The report in Markdown, readable as plain text; ends with a newline.
std::string Report(const Evaluation& evaluation, const ReportContext& context);

// What is printed: that, and the tables of what was asked for (stages,
// sensitivity, calibration draws).
std::string TerminalReport(const ReportData& data);

// quant.md: what is printed, and below it everything else.
std::string MarkdownReport(const ReportData& data);

// The lines below the accuracy table, and those of how it came about, for other
// renderers.
std::vector<std::string> DifferenceLines(const Evaluation& evaluation);
std::vector<std::string> ConditionLines(const Evaluation& evaluation,
                                        const ReportContext& context);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REPORT_H_
