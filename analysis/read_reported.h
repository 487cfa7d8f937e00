// Which reader a file of somebody else's numbers needs, told by how it begins.

#ifndef LOCKSTEP_ANALYSIS_READ_REPORTED_H_
#define LOCKSTEP_ANALYSIS_READ_REPORTED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/reported_table.h"
#include "analysis/run.h"

namespace lockstep::analysis {

struct ReportedReader {
  const char* what;  // "a CSV table"
  bool (*looks_like)(absl::string_view begin);
  absl::StatusOr<ReportedTable> (*parse)(absl::string_view text,
                                         const std::string& source);
};

const std::vector<ReportedReader>& ReportedReaders();

// The first reader that knows such a beginning; null without one.
const ReportedReader* FindReader(absl::string_view begin);

// The runs that a table's rows are. Like those of records; see
// reported/reported_records.h.
absl::StatusOr<std::vector<Run>> RunsOf(const ReportedTable& table);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_READ_REPORTED_H_
