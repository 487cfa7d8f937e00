// The report as one HTML page: what stands where.

#ifndef LOCKSTEP_ANALYSIS_REPORT_PAGE_H_
#define LOCKSTEP_ANALYSIS_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "report/render_html.h"
#include "report/table.h"

namespace lockstep::analysis {

// The figures that belong to no table (the summary), the findings, then each
// table with its figures (HtmlFigure::table); last, figures whose table is not
// there. Without `findings` the page has no such section.
std::string ReportPage(const std::vector<Table>& tables,
                       const std::vector<FindingText>& findings,
                       const std::vector<HtmlFigure>& figures);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORT_PAGE_H_
