// All tables and figures of a set of runs, and the folder they are written to.

#ifndef LOCKSTEP_ANALYSIS_REPORT_H_
#define LOCKSTEP_ANALYSIS_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/figures/make_figures.h"
#include "analysis/run.h"
#include "analysis/run_group.h"
#include "report/finding_text.h"
#include "report/render_html.h"
#include "report/table.h"

namespace lockstep::analysis {

// Every table that has rows or notes. `link_peak_gb_per_s`: see BandwidthTable;
// `targets`: see TargetTable, none = DefaultTargets().
std::vector<Table> MakeTables(const std::vector<Run>& runs,
                              const std::vector<RunGroup>& groups,
                              double link_peak_gb_per_s,
                              const std::vector<double>& targets);

// Draws the figures; one that cannot be drawn says why.
std::vector<HtmlFigure> DrawFigures(const std::vector<Run>& runs,
                                    const std::vector<RunGroup>& groups,
                                    const FigureInputs& inputs = {});

// Writes report.html, report.json, tables.md and a CSV file for each table into
// `folder`, each whole or not at all.
absl::Status WriteReport(const std::vector<Table>& tables,
                         const std::vector<FindingText>& findings,
                         const std::vector<HtmlFigure>& figures,
                         const std::string& folder);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORT_H_
