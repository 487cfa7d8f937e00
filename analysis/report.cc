#include "analysis/report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/accuracy_table.h"
#include "analysis/bandwidth_table.h"
#include "analysis/baseline_table.h"
#include "analysis/batch_table.h"
#include "analysis/breakdown_table.h"
#include "analysis/bucket_table.h"
#include "analysis/equal_table.h"
#include "analysis/figures/make_figures.h"
#include "analysis/figures/predicted_series.h"
#include "analysis/findings/audit.h"
#include "analysis/findings_table.h"
#include "analysis/laws_table.h"
#include "analysis/loader_table.h"
#include "analysis/optimizer_table.h"
#include "analysis/report_page.h"
#include "analysis/reported/collective_checks.h"
#include "analysis/reported/trace_table.h"
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

std::vector<Table> TablesOfRuns(const Evidence& evidence,
                                const std::vector<double>& targets) {
  const std::vector<Run>& runs = evidence.runs;
  const std::vector<RunGroup>& groups = evidence.groups;
  const double peak = evidence.link_peak_gb_per_s;
  const std::vector<TrainingGroup> trainings = GroupTrainings(runs);
  return {RunsTable(groups),
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
          BucketTable(groups, peak),
          BandwidthTable(groups, peak),
          ReportedBandwidthTable(evidence),
          BaselineTable(groups, peak),
          LoaderTable(groups),
          TargetTable(trainings,
                      targets.empty() ? DefaultTargets(trainings) : targets),
          EqualTable(trainings),
          OptimizerTable(trainings, groups),
          AccuracyTable(runs),
          LeftOutTable(runs)};
}

// Of what is no run.
std::vector<Table> TablesOfOthers(const RunsRead& read) {
  std::vector<Table> tables;
  if (!read.traces.empty()) {
    const TraceSummary summary = Summarize(MergeTraces(read.traces));
    tables.push_back(TraceBreakdownTable(summary));
    tables.push_back(TraceCollectiveTable(summary));
  }
  if (!read.collectives.empty())
    tables.push_back(CollectivesAloneTable(read.collectives));
  return tables;
}

void AppendFilled(std::vector<Table> from, std::vector<Table>& to) {
  for (Table& table : from)
    if (!table.rows.empty() || !table.notes.empty())
      to.push_back(std::move(table));
}

// Of nccl-tests, without laws.
std::vector<MessageSeries> MessagesOf(
    const std::vector<CollectiveTable>& tables) {
  std::vector<MessageSeries> messages;
  for (const CollectiveTable& table : tables) {
    MessageSeries series{table.source, "nccl-tests", table.world_size, {}, {}};
    for (const CollectivePoint& point : FitPoints(table))
      series.times.push_back({point.bytes, {point.seconds, {}}});
    if (table.world_size > 1) messages.push_back(std::move(series));
  }
  return messages;
}

}  // namespace

Report MakeReport(const RunsRead& read, const ReportOptions& options) {
  const std::vector<RunGroup> groups = GroupRuns(read.runs);
  const Evidence evidence = {read.runs, groups, read.reported,
                             options.link_peak_gb_per_s, read.collectives};
  Report report;
  AppendFilled(TablesOfRuns(evidence, options.targets), report.tables);
  AppendFilled(LawsTables(groups), report.tables);
  AppendFilled(PredictTables(groups, options.predictions), report.tables);
  if (!read.reported.empty())
    for (Table& table : report.tables) AddProvenance(groups, table);
  AppendFilled(TablesOfOthers(read), report.tables);
  report.findings = Audit(evidence);
  MarkFindings(report.findings, report.tables);
  return report;
}

std::vector<HtmlFigure> DrawFigures(const RunsRead& read,
                                    const ReportOptions& options) {
  const std::vector<RunGroup> groups = GroupRuns(read.runs);
  FigureInputs inputs;
  inputs.link_peak_gb_per_s = options.link_peak_gb_per_s;
  inputs.predicted = PredictedSeries(groups, options.predictions);
  inputs.messages = MessagesOf(groups);
  for (MessageSeries& series : MessagesOf(read.collectives))
    inputs.messages.push_back(std::move(series));
  std::vector<HtmlFigure> figures;
  for (const FigureScript& figure :
       MakeFigures(groups, GroupTrainings(read.runs), inputs))
    figures.push_back(DrawFigure(figure));
  return figures;
}

std::string Rendered(const Report& report, const std::string& format) {
  const std::vector<FindingText> findings = TextsOf(report.findings);
  if (format == "csv") {
    std::vector<Table> all = report.tables;
    if (!findings.empty()) all.push_back(FindingsTable(report.findings));
    return RenderCsv(all);
  }
  if (format == "json") return RenderJson(report.tables, findings);
  if (format == "html")
    return ReportPage(report.tables, findings, report.figures);
  return absl::StrCat(RenderMarkdown(report.tables),
                      FindingsMarkdown(report.findings));
}

absl::Status WriteReport(const Report& report, const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"report.html", Rendered(report, "html")},
      {"report.json", Rendered(report, "json")},
      {"tables.md", Rendered(report, "markdown")},
      {"findings.csv", RenderCsv(FindingsTable(report.findings))}};
  for (const Table& table : report.tables)
    files.emplace_back(absl::StrCat(table.name, ".csv"), RenderCsv(table));
  for (const auto& [name, content] : files) {
    const absl::Status written =
        WriteFileAtomically(absl::StrCat(folder, "/", name), content);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace lockstep::analysis
