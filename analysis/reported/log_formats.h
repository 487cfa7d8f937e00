// The formats of log_reader.h, a function each: whether `line`, without its
// prefix, is one of them; what it says goes into `rows`. InvalidArgument: it is
// and says something impossible.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_LOG_FORMATS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_LOG_FORMATS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/log_rows.h"

namespace lockstep::analysis {

// [TIME], [EPOCH] and [MODEL] lines.
absl::StatusOr<bool> ReadBracketLine(absl::string_view line, LogRows& rows);

// [Epoch 2/2] and "Epoch 2 full time" lines.
absl::StatusOr<bool> ReadFullTimeLine(absl::string_view line, LogRows& rows);

// Lines of PyTorch's examples.
absl::StatusOr<bool> ReadTorchLine(absl::string_view line, LogRows& rows);

// Whole files: a CSV log.
bool LooksLikeCsvLog(absl::string_view begin);
absl::StatusOr<ReportedTable> ReadCsvLog(absl::string_view bytes,
                                         const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_LOG_FORMATS_H_
