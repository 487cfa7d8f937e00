#include "analysis/report_page.h"

#include <algorithm>

namespace lockstep::analysis {
namespace {

using Parts = std::vector<HtmlPart>;

void AddFigures(const std::vector<HtmlFigure>& figures,
                const std::string& table, Parts& parts) {
  for (const HtmlFigure& figure : figures)
    if (figure.table == table) parts.emplace_back(figure);
}

void AddOthers(const std::vector<Table>& tables,
               const std::vector<HtmlFigure>& figures, Parts& parts) {
  for (const HtmlFigure& figure : figures)
    if (!figure.table.empty() &&
        std::none_of(tables.begin(), tables.end(), [&](const Table& table) {
          return table.name == figure.table;
        }))
      parts.emplace_back(figure);
}

}  // namespace

std::string ReportPage(const std::vector<Table>& tables,
                       const std::vector<FindingText>& findings,
                       const std::vector<HtmlFigure>& figures) {
  Parts parts;
  AddFigures(figures, "", parts);
  if (!findings.empty()) parts.emplace_back(HtmlFindings{findings});
  for (const Table& table : tables) {
    parts.emplace_back(table);
    if (!table.name.empty()) AddFigures(figures, table.name, parts);
  }
  AddOthers(tables, figures, parts);
  return RenderHtml("Lockstep report", parts);
}

}  // namespace lockstep::analysis
