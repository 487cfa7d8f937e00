#include "quant/report_html.h"

#include <utility>
#include <vector>

#include "quant/findings.h"
#include "quant/histogram_figures.h"
#include "quant/layer_figure.h"
#include "quant/report.h"
#include "quant/report_tables.h"
#include "report/draw_figure.h"
#include "report/render_html.h"

namespace lockstep::quant {
namespace {

using Parts = std::vector<HtmlPart>;

void AddTables(std::vector<Table> tables, Parts& parts) {
  for (Table& table : tables)
    if (!table.rows.empty()) parts.emplace_back(std::move(table));
}

// Lines without a table.
Table List(std::string title, std::string caption,
           std::vector<std::string> lines) {
  return {"", std::move(title), std::move(caption), {}, {}, std::move(lines)};
}

void AddFlips(const ReportData& data, Parts& parts) {
  const PairedAccuracy& a = data.evaluation.accuracy;
  for (const bool lost : {true, false}) {
    HtmlGallery gallery =
        FlipGallery(data.flips, lost, lost ? a.lost : a.gained);
    if (!gallery.images.empty()) parts.emplace_back(std::move(gallery));
  }
}

// False if one cannot be drawn: where gnuplot is missing, one reason is enough.
bool AddFigures(const std::vector<FigureScript>& figures, Parts& parts) {
  for (const FigureScript& figure : figures) {
    if (figure.script.empty()) continue;
    parts.emplace_back(DrawFigure(figure));
    if (std::get<HtmlFigure>(parts.back()).svg.empty()) return false;
  }
  return true;
}

}  // namespace

std::string HtmlReport(const ReportData& data) {
  Table accuracy = AccuracyTable(data.evaluation);
  accuracy.notes = DifferenceLines(data.evaluation);
  Parts parts;
  const bool compares = !data.evaluation.baseline.empty();
  if (compares)
    parts.emplace_back(
        List("What int8 changes, and where",
             "From the tables below; figures are defined in docs/metrics.md.",
             Findings(data)));
  AddTables({accuracy}, parts);
  if (compares) AddTables({PairedTable(data.evaluation.accuracy)}, parts);
  AddTables({StagesTable(data.stages), SensitivityTable(data.sensitivity),
             DrawsTable(data.draws), LayersTable(data.layers)},
            parts);
  if (AddFigures({LayerFigure(data.layers)}, parts))
    AddFigures(HistogramFigures(data.histograms), parts);
  AddFlips(data, parts);
  AddTables(ConfusionTables(data), parts);
  parts.emplace_back(List("Conditions", "How the figures came about.",
                          ConditionLines(data.evaluation, data.context)));
  return RenderHtml("int8 evaluation", parts);
}

}  // namespace lockstep::quant
