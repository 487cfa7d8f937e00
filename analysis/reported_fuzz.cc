// What a fuzzer feeds with bytes: what reads a reported table, and all rules,
// tables and laws behind it, must take or refuse any, and not crash, leak or
// take more memory than the file.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "analysis/read.h"
#include "analysis/read_reported.h"
#include "analysis/report.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "analysis/reported/text_proto_table.h"

namespace {

using namespace lockstep;

void Judge(absl::StatusOr<analysis::ReportedTable> table) {
  if (!table.ok()) return;
  analysis::FillAssumptions(*table);
  auto runs = analysis::RunsOf(*table);
  if (!runs.ok()) return;
  analysis::RunsRead read;
  read.runs = *std::move(runs);
  read.reported.push_back(*std::move(table));
  analysis::ReportOptions options;
  options.predictions.world_sizes = {8, 16};
  const analysis::Report report = analysis::MakeReport(read, options);
  for (const char* format : {"markdown", "csv", "json"})
    analysis::Rendered(report, format);
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
