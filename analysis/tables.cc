// bazel run //analysis:tables -- PATH...: run records to tables and figures.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/findings/audit.h"
#include "analysis/findings_table.h"
#include "analysis/read.h"
#include "analysis/report.h"
#include "analysis/table_flags.h"
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
    "in which it is found and the same one put right; 'all' explains every "
    "one; reads nothing");
namespace lockstep::analysis {
namespace {

constexpr char kPurpose[] =
    "Turns run records, and tables and logs of others, into tables and "
    "figures,\n"
    "and says which numbers are wrong and why.\n\n"
    "  bazel run //analysis:tables -- PATH... [flags]\n\n"
    "PATH is a record (.rec), a folder that is searched for records, or other\n"
    "people's numbers: reported tables, logs, traces, nccl-tests\n"
    "(docs/reported_tables.md). What a file is, its content says.";

// Refuses what would fail later, before any work is done.
absl::Status CheckFlags(const std::vector<std::string>& paths) {
  const absl::Status format = CheckOneOf("format", absl::GetFlag(FLAGS_format),
                                         {"markdown", "csv", "json", "html"});
  if (!format.ok()) return format;
  if (paths.empty() || std::count(paths.begin(), paths.end(), "") > 0)
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

void WarnOf(const RunsRead& read) {
  for (const std::string& warning : read.warnings) Warn(warning);
  for (const ReportedTable& table : read.reported)
    for (const std::string& note : table.notes) Warn(note);
}

void WarnOf(const std::vector<HtmlFigure>& figures) {
  std::set<std::string> problems;
  for (const HtmlFigure& figure : figures)
    if (figure.svg.empty() && problems.insert(figure.problem).second)
      Warn(absl::StrCat("figures are not drawn: ", figure.problem));
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
  if (id == "all") return Print(ExplainAll());
  const Rule* const rule = FindRule(id);
  std::vector<std::string> ids = {"all"};
  for (const Rule& known : Rules()) ids.push_back(known.id);
  if (rule == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("there is no finding '", id,
                                                   "' to explain; there are ",
                                                   absl::StrJoin(ids, ", ")));
  return Print(Explain(*rule));
}

absl::Status PrintTables(const std::vector<std::string>& arguments) {
  if (const std::string id = absl::GetFlag(FLAGS_explain); !id.empty())
    return PrintExplanation(id);
  const absl::Status flags = CheckFlags(arguments);
  if (!flags.ok()) return flags;
  const absl::StatusOr<ReportOptions> options = OptionsFromFlags();
  if (!options.ok()) return options.status();
  std::vector<std::string> paths;
  for (const std::string& path : arguments)
    paths.push_back(ResolveUserPath(path));
  const absl::StatusOr<RunsRead> read = ReadRuns(paths);
  if (!read.ok()) return read.status();
  WarnOf(*read);

  Report report = MakeReport(*read, *options);
  const std::string folder = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  const std::string format = absl::GetFlag(FLAGS_format);
  if (!folder.empty() || format == "html")
    report.figures = DrawFigures(*read, *options);
  WarnOf(report.figures);
  const absl::Status printed = Print(Rendered(report, format));
  if (!printed.ok()) return printed;
  const absl::Status written =
      folder.empty() ? absl::OkStatus() : WriteReport(report, folder);
  return written.ok() ? Judged(report.findings) : written;
}

}  // namespace
}  // namespace lockstep::analysis

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv, lockstep::analysis::kPurpose,
                           lockstep::analysis::PrintTables);
}
