// A reported table as CSV: a header of column names (reported_table.h), then a
// row a line; "", "-" and "n/a" are not reported, "out of memory" as a time is
// that. A comment "# model: resnet18" before the rows sets a column for all of
// them. docs/reported_tables.md is its description for users.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_CSV_TABLE_H_
#define LOCKSTEP_ANALYSIS_REPORTED_CSV_TABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/reported_table.h"

namespace lockstep::analysis {

// Whether the file that begins so has a header of such a table.
bool LooksLikeCsvTable(absl::string_view begin);

// `source` names the file in rows and messages. Columns that are none of ours
// are left out with a note. InvalidArgument, one line, names file, line and
// column.
absl::StatusOr<ReportedTable> ParseCsvTable(absl::string_view text,
                                            const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_CSV_TABLE_H_
