#include "analysis/report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/accuracy_table.h"
#include "analysis/bandwidth_table.h"
#include "analysis/baseline_table.h"
#include "analysis/batch_table.h"
#include "analysis/breakdown_table.h"
#include "analysis/equal_table.h"
#include "analysis/findings_table.h"
#include "analysis/loader_table.h"
#include "analysis/optimizer_table.h"
#include "analysis/report_page.h"
#include "analysis/reported_view.h"
#include "analysis/runs_table.h"
#include "analysis/skew_table.h"
#include "analysis/speedup_table.h"
#include "analysis/target_table.h"
#include "analysis/training.h"
#include "analysis/twin_table.h"
#include "report/draw_figure.h"
#include "report/render_csv.h"
#include "report/render_json.h"
#include "report/render_markdown.h"
#include "tools/cli/file.h"

namespace lockstep::analysis {

namespace {

// Behind the number of its run, in each row of a run.
void AddProvenance(const std::vector<RunGroup>& groups, Table& table) {
  if (table.columns.empty() || table.columns[0].name != "#") return;
  table.columns.insert(table.columns.begin() + 1, {"provenance", ""});
  for (std::vector<Cell>& row : table.rows) {
    const size_t number = row[0].number.value_or(0);
    const bool is_run = number > 0 && number <= groups.size();
    const bool is_reported =
        is_run &&
        groups[number - 1].configuration.provenance == Provenance::REPORTED;
    row.insert(
        row.begin() + 1,
        !is_run ? Missing() : Text(is_reported ? "reported" : "measured"));
  }
}

}  // namespace

std::vector<Table> MakeTables(const Evidence& evidence,
                              const std::vector<double>& targets) {
  const std::vector<Run>& runs = evidence.runs;
  const std::vector<RunGroup>& groups = evidence.groups;
  const double peak = evidence.link_peak_gb_per_s;
  const std::vector<TrainingGroup> trainings = GroupTrainings(runs);
  std::vector<Table> tables;
  for (Table& table : std::vector<Table>{
           RunsTable(groups),
           BatchTable(groups, runs),
           StrongTable(groups),
           WeakTable(groups),
           ThroughputTable(groups),
           ReportedSpeedupTable(evidence),
           BreakdownTable(groups),
           OverlapTable(groups),
           TwinTable(groups),
           OverlapOffTable(groups),
           SkewTable(groups),
           BandwidthTable(groups, peak),
           ReportedBandwidthTable(evidence),
           BaselineTable(groups, peak),
           LoaderTable(groups),
           TargetTable(trainings,
                       targets.empty() ? DefaultTargets(trainings) : targets),
           EqualTable(trainings),
           OptimizerTable(trainings, groups),
           AccuracyTable(runs),
           LeftOutTable(runs)}) {
    if (!table.rows.empty() || !table.notes.empty())
      tables.push_back(std::move(table));
  }
  if (!evidence.reported.empty())
    for (Table& table : tables) AddProvenance(groups, table);
  return tables;
}

std::vector<HtmlFigure> DrawFigures(const std::vector<Run>& runs,
                                    const std::vector<RunGroup>& groups,
                                    const FigureInputs& inputs) {
  std::vector<HtmlFigure> figures;
  for (const FigureScript& figure :
       MakeFigures(groups, GroupTrainings(runs), inputs))
    figures.push_back(DrawFigure(figure));
  return figures;
}

absl::Status WriteReport(const std::vector<Table>& tables,
                         const std::vector<Finding>& findings,
                         const std::vector<HtmlFigure>& figures,
                         const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"report.html", ReportPage(tables, TextsOf(findings), figures)},
      {"report.json", RenderJson(tables, TextsOf(findings))},
      {"findings.csv", RenderCsv(FindingsTable(findings))},
      {"tables.md",
       absl::StrCat(RenderMarkdown(tables), FindingsMarkdown(findings))}};
  for (const Table& table : tables)
    files.emplace_back(absl::StrCat(table.name, ".csv"), RenderCsv(table));
  for (const auto& [name, content] : files) {
    const absl::Status written =
        WriteFileAtomically(absl::StrCat(folder, "/", name), content);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace lockstep::analysis
