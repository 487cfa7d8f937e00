#include "quant/report.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "quant/findings.h"
#include "quant/report_tables.h"
#include "report/render_markdown.h"

namespace lockstep::quant {
namespace {

std::string AccuracyText(const Evaluation& e) {
  const PairedAccuracy& a = e.accuracy;
  const auto row = [&](const std::string& name, double percent, size_t correct,
                       const Timing& timing) {
    return absl::StrFormat("| %s | %.2f %% | %d of %d | %.1f | %.3f |\n", name,
                           percent, correct, a.images, timing.ImagesPerSecond(),
                           timing.MillisecondsPerImage());
  };
  return absl::StrCat(
      "| | accuracy | correct | images/s | ms/image a thread |\n"
      "|---|---:|---:|---:|---:|\n",
      e.baseline.empty()
          ? ""
          : row(e.baseline, a.BeforePercent(), a.before_correct, e.fp32),
      row("int8", a.AfterPercent(), a.after_correct, e.int8));
}

std::string List(const std::vector<std::string>& lines) {
  std::string list;
  for (const std::string& line : lines)
    absl::StrAppend(&list, "- ", line, "\n");
  return list;
}

// Those that have rows.
std::string Tables(const std::vector<Table>& tables) {
  std::string text;
  for (const Table& table : tables)
    if (!table.rows.empty())
      absl::StrAppend(&text, "\n",
                      absl::StripAsciiWhitespace(RenderMarkdown(table)), "\n");
  return text;
}

}  // namespace

std::vector<std::string> DifferenceLines(const Evaluation& e) {
  const PairedAccuracy& a = e.accuracy;
  if (e.baseline.empty()) return {};
  std::vector<std::string> lines = {
      absl::StrFormat("difference int8 - %s: %+.2f points, 95 %% interval "
                      "[%+.2f, %+.2f] (paired)",
                      e.baseline, a.DifferencePoints(),
                      a.DifferencePoints() - a.HalfIntervalPoints(),
                      a.DifferencePoints() + a.HalfIntervalPoints()),
      absl::StrFormat("flips: %d right to wrong, %d wrong to right", a.lost,
                      a.gained),
      absl::StrFormat("agreement: %.2f %% of the images get the same class",
                      a.AgreementPercent()),
      absl::StrFormat("logits: error %.1f dB below the %s logits",
                      e.logit_error_db, e.baseline)};
  if (a.lost + a.gained == 0)
    lines.push_back(absl::StrFormat(
        "no flip was seen: a difference under about %.2f points cannot be told "
        "from none with %d images",
        300.0 / a.images, a.images));
  return lines;
}

std::vector<std::string> ConditionLines(const Evaluation& e,
                                        const ReportContext& c) {
  std::vector<std::string> lines = {
      absl::StrFormat("model: %s (%d convolutions and matrices, %.1f M "
                      "multiplications an image)",
                      c.model, e.convolutions, e.macs / 1e6),
      absl::StrFormat("data: %s, %d test images", c.data, e.accuracy.images),
      c.calibration};
  if (!c.normalization_source.empty())
    lines.push_back(absl::StrFormat(
        "mean %s, std %s, from %s", absl::StrJoin(c.normalization.mean, ","),
        absl::StrJoin(c.normalization.std, ","), c.normalization_source));
  if (!c.skipped_output.empty())
    lines.push_back(absl::StrCat("logits are those before the model's last ",
                                 c.skipped_output));
  lines.push_back(absl::StrFormat("int8 kernel: %s (%s); fp32 code: %s",
                                  c.kernel, c.kernel_description,
                                  c.float_kernel));
  lines.push_back(absl::StrFormat("CPU: %s, %d threads, batches of %d", c.cpu,
                                  c.threads, c.batch));
  return lines;
}

std::string Report(const Evaluation& evaluation, const ReportContext& context) {
  return absl::StrCat("# int8 evaluation\n\n", AccuracyText(evaluation), "\n",
                      List(DifferenceLines(evaluation)),
                      evaluation.baseline.empty() ? "" : "\n",
                      List(ConditionLines(evaluation, context)));
}

std::string TerminalReport(const ReportData& data) {
  return absl::StrCat(
      Report(data.evaluation, data.context),
      Tables({StagesTable(data.stages), SensitivityTable(data.sensitivity),
              DrawsTable(data.draws)}));
}

std::string MarkdownReport(const ReportData& data) {
  if (data.evaluation.baseline.empty())
    return absl::StrCat(TerminalReport(data), Tables(ConfusionTables(data)));
  return absl::StrCat(
      TerminalReport(data), "\n## What int8 changes, and where\n\n",
      List(Findings(data)),
      Tables({PairedTable(data.evaluation.accuracy), LayersTable(data.layers),
              FlipsTable(data.flips, data.evaluation.accuracy)}),
      Tables(ConfusionTables(data)));
}

}  // namespace lockstep::quant
