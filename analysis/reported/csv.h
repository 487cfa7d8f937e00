// Comma-separated values, as spreadsheets write them (RFC 4180): quotes, commas
// and line breaks inside quotes, a byte order mark, CRLF.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_CSV_H_
#define LOCKSTEP_ANALYSIS_REPORTED_CSV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::analysis {

struct CsvRow {
  uint64_t line = 0;  // on which it begins, from 1
  std::vector<std::string> cells;
};

struct Csv {
  std::vector<CsvRow> comments;  // lines that begin with '#': one cell each
  std::vector<CsvRow> rows;      // without blank lines; the header is one
};

// InvalidArgument, with the line, for a quote that is not closed, for a row
// that has more or fewer cells than the first, and beyond 1000 cells or 100,000
// rows.
absl::StatusOr<Csv> ParseCsv(absl::string_view text);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_CSV_H_
