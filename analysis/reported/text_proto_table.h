// A reported table as textproto: message ReportedTable of reported_table.proto.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_TEXT_PROTO_TABLE_H_
#define LOCKSTEP_ANALYSIS_REPORTED_TEXT_PROTO_TABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/reported_table.h"

namespace lockstep::analysis {

// Whether the file that begins so may be one: its first word is `rows` or
// `every_row`, after comments.
bool LooksLikeTextProtoTable(absl::string_view begin);

// Rows are named "source:row 3". Checks and errors as ParseCsvTable; what the
// parser refuses is named with its line.
absl::StatusOr<ReportedTable> ParseTextProtoTable(absl::string_view text,
                                                  const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_TEXT_PROTO_TABLE_H_
