// All tables and figures of a set of runs, and the folder they are written to.

#ifndef LOCKSTEP_ANALYSIS_REPORT_H_
#define LOCKSTEP_ANALYSIS_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/figures/make_figures.h"
#include "analysis/findings/finding.h"
#include "analysis/run.h"
#include "analysis/run_group.h"
#include "report/render_html.h"
#include "report/table.h"

namespace lockstep::analysis {

// Every table that has rows or notes. `targets`: see TargetTable, none =
// DefaultTargets(). Where something was reported, every row of a run says
// whether it was measured or reported.
std::vector<Table> MakeTables(const Evidence& evidence,
                              const std::vector<double>& targets);

// Draws the figures; one that cannot be drawn says why.
std::vector<HtmlFigure> DrawFigures(const std::vector<Run>& runs,
                                    const std::vector<RunGroup>& groups,
                                    const FigureInputs& inputs = {});

// Writes report.html, report.json, tables.md and a CSV file for each table into
// `folder`, each whole or not at all.
absl::Status WriteReport(const std::vector<Table>& tables,
                         const std::vector<Finding>& findings,
                         const std::vector<HtmlFigure>& figures,
                         const std::string& folder);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORT_H_
