// What a fuzzer feeds with bytes: what reads a reported table, and all rules,
// tables and laws behind it, must take or refuse any, and not crash, leak or
// take more memory than the file.
//
//   bazel build --config=fuzz //analysis:reported_fuzz
//   bazel-bin/analysis/reported_fuzz FOLDER analysis/testdata/tables
//
// reported_fuzz_test runs it on mutations of real tables wherever tests run.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/findings/audit.h"
#include "analysis/findings_table.h"
#include "analysis/laws_table.h"
#include "analysis/predict_table.h"
#include "analysis/read_reported.h"
#include "analysis/report.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "analysis/reported/text_proto_table.h"
#include "analysis/run_group.h"
#include "report/render_csv.h"
#include "report/render_json.h"
#include "report/render_markdown.h"

namespace {

using namespace lockstep;

void Render(const std::vector<Table>& tables,
            const std::vector<analysis::Finding>& findings) {
  RenderMarkdown(tables);
  RenderCsv(tables);
  RenderJson(tables, analysis::TextsOf(findings));
}

void Judge(absl::StatusOr<analysis::ReportedTable> table) {
  if (!table.ok()) return;
  analysis::FillAssumptions(*table);
  const auto runs = analysis::RunsOf(*table);
  if (!runs.ok()) return;
  const auto groups = analysis::GroupRuns(*runs);
  const std::vector<analysis::ReportedTable> reported = {*std::move(table)};
  const analysis::Evidence evidence = {*runs, groups, reported};
  std::vector<Table> tables = analysis::MakeTables(evidence, {});
  for (Table& table : analysis::LawsTables(groups))
    tables.push_back(std::move(table));
  analysis::PredictOptions predictions;
  predictions.world_sizes = {8, 16};
  for (Table& table : analysis::PredictTables(groups, predictions))
    tables.push_back(std::move(table));
  const std::vector<analysis::Finding> findings = analysis::Audit(evidence);
  analysis::MarkFindings(findings, tables);
  Render(tables, findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (analysis::LooksLikeTextProtoTable(bytes))
    Judge(analysis::ParseTextProtoTable(bytes, "t.textproto"));
  else
    Judge(analysis::ParseCsvTable(bytes, "t.csv"));
  return 0;
}
