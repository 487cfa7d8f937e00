// All tables, findings and figures of what was read, and the folder they are
// written to.

#ifndef LOCKSTEP_ANALYSIS_REPORT_H_
#define LOCKSTEP_ANALYSIS_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/findings/finding.h"
#include "analysis/predict_table.h"
#include "analysis/read.h"
#include "report/render_html.h"
#include "report/table.h"

namespace lockstep::analysis {

struct ReportOptions {
  double link_peak_gb_per_s = 0;  // declared by the user; 0: see the records
  std::vector<double> targets;    // see TargetTable; none = DefaultTargets()
  PredictOptions predictions;
};

struct Report {
  std::vector<Table> tables;  // with marks where findings concern a cell
  std::vector<Finding> findings;
  std::vector<HtmlFigure> figures;
};

// Every table that has rows or notes, and the findings; no figures yet. Where
// something was reported, every row of a run says whether it was measured or
// reported.
Report MakeReport(const RunsRead& read, const ReportOptions& options);

// Draws the figures; one that cannot be drawn says why.
std::vector<HtmlFigure> DrawFigures(const RunsRead& read,
                                    const ReportOptions& options);

// The report as "markdown" (findings last), "csv", "json" or "html".
std::string Rendered(const Report& report, const std::string& format);

// Writes report.html, report.json, tables.md, findings.csv and a CSV file for
// each table into `folder`, each whole or not at all.
absl::Status WriteReport(const Report& report, const std::string& folder);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORT_H_
