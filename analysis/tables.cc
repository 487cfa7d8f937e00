// bazel run //analysis:tables -- PATH...: run records to tables and figures.

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analysis/findings/audit.h"
#include "analysis/findings_table.h"
#include "analysis/laws_table.h"
#include "analysis/predict_table.h"
#include "analysis/read.h"
#include "analysis/report.h"
#include "analysis/report_page.h"
#include "analysis/reported/collective_checks.h"
#include "analysis/reported/trace_table.h"
#include "report/render_csv.h"
#include "report/render_json.h"
#include "report/render_markdown.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"

ABSL_FLAG(std::string, format, "markdown",
          "[output] what standard output gets: markdown, csv, json or html");
ABSL_FLAG(
    std::string, output_dir, "",
    "[output] folder for report.html, report.json, tables.md and a CSV file "
    "a table");
ABSL_FLAG(bool, strict, false,
          "[findings] exit with 1 if there is a finding of severity error");
ABSL_FLAG(
    std::string, explain, "",
    "[findings] print what a finding, for example E1, means, with a table "
    "in which it is found and the same one put right; reads nothing");
ABSL_FLAG(double, link_peak_gbps, 0,
          "[bandwidth] peak of the link in Gbit/s, per direction and rank, for "
          "the utilisation; replaces what the records declare");
ABSL_FLAG(std::string, target_accuracy, "",
          "[accuracy] test accuracies, from 0 to 1, for the time to accuracy, "
          "for example 0.5,0.6; default: the two highest multiples of 0.1 that "
          "a run reached");
ABSL_FLAG(std::string, predict_world_sizes, "",
          "[prediction] numbers of ranks to predict steps and epochs for, for "
          "example 8,16; also prints the error of such predictions on the runs "
          "at hand");
ABSL_FLAG(
    double, predict_link_gbps, 0,
    "[prediction] predict for a link of so many Gbit/s, per direction and "
    "rank; 0 = the link that the runs had");

namespace lockstep::analysis {
namespace {

constexpr char kPurpose[] =
    "Turns run records, and tables and logs of others, into tables and "
    "figures,\n"
    "and says which numbers are wrong and why.\n\n"
    "  bazel run //analysis:tables -- PATH... [flags]\n\n"
    "PATH is a record (.rec), a folder that is searched for records, or "
    "somebody\n"
    "else's numbers (docs/reported_tables.md); what a file is, its content "
    "says.";

absl::StatusOr<std::vector<double>> Targets() {
  const std::string text = absl::GetFlag(FLAGS_target_accuracy);
  std::vector<double> targets;
  for (absl::string_view word : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    double target = 0;
    if (!absl::SimpleAtod(word, &target) || !(target > 0 && target <= 1))
      return absl::InvalidArgumentError(
          absl::StrCat("illegal value '", text,
                       "' for --target_accuracy: expected numbers above 0 and "
                       "up to 1, with commas between"));
    targets.push_back(target);
  }
  return targets;
}

absl::StatusOr<PredictOptions> Predictions() {
  const std::string text = absl::GetFlag(FLAGS_predict_world_sizes);
  PredictOptions options;
  for (absl::string_view word : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    uint32_t ranks = 0;
    if (!absl::SimpleAtoi(word, &ranks) || ranks == 0 || ranks > 1000000)
      return absl::InvalidArgumentError(absl::StrCat(
          "illegal value '", text,
          "' for --predict_world_sizes: expected numbers of ranks from 1 to "
          "1000000, with commas between"));
    options.world_sizes.push_back(ranks);
  }
  const double gbps = absl::GetFlag(FLAGS_predict_link_gbps);
  if (!std::isfinite(gbps) || gbps < 0)
    return absl::InvalidArgumentError(
        absl::StrCat("illegal value '", gbps,
                     "' for --predict_link_gbps: expected Gbit/s, 0 for the "
                     "link that the runs had"));
  if (gbps > 0 && options.world_sizes.empty())
    return absl::InvalidArgumentError(
        "--predict_link_gbps needs --predict_world_sizes");
  options.link_gb_per_s = gbps / 8;
  return options;
}

void AppendFilled(std::vector<Table> from, std::vector<Table>& to) {
  for (Table& table : from)
    if (!table.rows.empty() || !table.notes.empty())
      to.push_back(std::move(table));
}

// Refuses what would fail later, before any work is done.
absl::Status CheckFlags(const std::vector<std::string>& paths) {
  const absl::Status format = CheckOneOf("format", absl::GetFlag(FLAGS_format),
                                         {"markdown", "csv", "json", "html"});
  if (!format.ok()) return format;
  const double peak = absl::GetFlag(FLAGS_link_peak_gbps);
  if (!std::isfinite(peak) || peak < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "illegal value '", peak,
        "' for --link_peak_gbps: expected Gbit/s, 0 for not declared"));
  if (paths.empty())
    return absl::InvalidArgumentError(
        "no PATH; name a record (.rec) or a folder of records");
  const std::string folder = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  return folder.empty() ? absl::OkStatus() : MakeWritableDirectory(folder);
}

absl::Status Print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0)
    return absl::OkStatus();
  return ErrnoStatus(errno, "cannot write", "standard output");
}

void Warn(const std::string& line) {
  std::fprintf(stderr, "tables: warning: %s\n", line.c_str());
}

void WarnOfFigures(const std::vector<HtmlFigure>& figures) {
  std::set<std::string> problems;
  for (const HtmlFigure& figure : figures)
    if (figure.svg.empty() && problems.insert(figure.problem).second)
      Warn(absl::StrCat("figures are not drawn: ", figure.problem));
}

std::string Rendered(const std::vector<Table>& tables,
                     const std::vector<Finding>& findings,
                     const std::vector<HtmlFigure>& figures) {
  const std::string format = absl::GetFlag(FLAGS_format);
  if (format == "csv") {
    std::vector<Table> all = tables;
    if (!findings.empty()) all.push_back(FindingsTable(findings));
    return RenderCsv(all);
  }
  if (format == "json") return RenderJson(tables, TextsOf(findings));
  if (format == "html") return ReportPage(tables, TextsOf(findings), figures);
  return absl::StrCat(RenderMarkdown(tables), FindingsMarkdown(findings));
}

// --strict makes an error in the numbers a failure of the program.
absl::Status Judged(const std::vector<Finding>& findings) {
  const size_t errors = std::count_if(
      findings.begin(), findings.end(),
      [](const Finding& f) { return f.severity == Severity::kError; });
  if (!absl::GetFlag(FLAGS_strict) || errors == 0) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(errors, " findings of severity error, the first is ",
                   findings[0].id, ": ", findings[0].what, " (--strict)"));
}

absl::Status PrintExplanation(const std::string& id) {
  const Rule* const rule = FindRule(id);
  std::vector<std::string> ids;
  for (const Rule& known : Rules()) ids.push_back(known.id);
  if (rule == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("there is no finding '", id,
                                                   "' to explain; there are ",
                                                   absl::StrJoin(ids, ", ")));
  return Print(Explain(*rule));
}

// Of what is no run.
void AddOtherTables(const RunsRead& read, std::vector<Table>& tables) {
  if (!read.traces.empty()) {
    const TraceSummary summary = Summarize(MergeTraces(read.traces));
    tables.push_back(TraceBreakdownTable(summary));
    tables.push_back(TraceCollectiveTable(summary));
  }
  if (!read.collectives.empty())
    tables.push_back(CollectivesAloneTable(read.collectives));
}

absl::Status PrintTables(const std::vector<std::string>& arguments) {
  if (const std::string id = absl::GetFlag(FLAGS_explain); !id.empty())
    return PrintExplanation(id);
  const absl::Status flags = CheckFlags(arguments);
  if (!flags.ok()) return flags;
  std::vector<std::string> paths;
  for (const std::string& path : arguments)
    paths.push_back(ResolveUserPath(path));
  const auto targets = Targets();
  if (!targets.ok()) return targets.status();
  const auto predictions = Predictions();
  if (!predictions.ok()) return predictions.status();
  const absl::StatusOr<RunsRead> read = ReadRuns(paths);
  if (!read.ok()) return read.status();
  for (const std::string& warning : read->warnings) Warn(warning);
  for (const ReportedTable& table : read->reported)
    for (const std::string& note : table.notes) Warn(note);

  const std::vector<RunGroup> groups = GroupRuns(read->runs);
  const Evidence evidence = {read->runs, groups, read->reported,
                             absl::GetFlag(FLAGS_link_peak_gbps) / 8};
  std::vector<Table> tables = MakeTables(evidence, *targets);
  AddOtherTables(*read, tables);
  AppendFilled(LawsTables(groups), tables);
  AppendFilled(PredictTables(groups, *predictions), tables);
  const std::vector<Finding> findings = Audit(evidence);
  MarkFindings(findings, tables);
  const std::string folder = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  std::vector<HtmlFigure> figures;
  if (!folder.empty() || absl::GetFlag(FLAGS_format) == "html")
    figures = DrawFigures(read->runs, groups,
                          {absl::GetFlag(FLAGS_link_peak_gbps) / 8, {}, {}});
  WarnOfFigures(figures);
  const absl::Status printed = Print(Rendered(tables, findings, figures));
  if (!printed.ok()) return printed;
  const absl::Status written =
      folder.empty() ? absl::OkStatus()
                     : WriteReport(tables, findings, figures, folder);
  if (!written.ok()) return written;
  return Judged(findings);
}

}  // namespace
}  // namespace lockstep::analysis

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv, lockstep::analysis::kPurpose,
                           lockstep::analysis::PrintTables);
}
