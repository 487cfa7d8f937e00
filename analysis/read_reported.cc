#include "analysis/read_reported.h"

#include <utility>

#include "analysis/reported/csv_table.h"
#include "analysis/reported/log_reader.h"
#include "analysis/reported/reported_records.h"
#include "analysis/reported/text_proto_table.h"

namespace lockstep::analysis {
const std::vector<ReportedReader>& ReportedReaders() {
  static const auto* const readers = new std::vector<ReportedReader>{
      {"a log", LooksLikeLog, ReadLog},
      {"a CSV table", LooksLikeCsvTable, ParseCsvTable},
      {"a textproto table", LooksLikeTextProtoTable, ParseTextProtoTable},
  };
  return *readers;
}

const ReportedReader* FindReader(absl::string_view begin) {
  for (const ReportedReader& reader : ReportedReaders())
    if (reader.looks_like(begin)) return &reader;
  return nullptr;
}

absl::StatusOr<std::vector<Run>> RunsOf(const ReportedTable& table) {
  std::vector<Run> runs;
  for (const ReportedRun& reported : RunsOfReported(table)) {
    absl::StatusOr<Run> run = RunOfRecords(reported.records, reported.source);
    if (!run.ok()) return run.status();
    runs.push_back(*std::move(run));
  }
  return runs;
}

}  // namespace lockstep::analysis
