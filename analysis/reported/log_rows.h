// What the readers of logs share: a line's values, and the rows that lines
// fill.
//
// A reader of one format is a function from a line to whether the line was one
// of its own; it takes what the line says into LogRows. Lines of nobody are
// passed over: a log is full of them.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_LOG_ROWS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_LOG_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/reported_table.h"

namespace lockstep::analysis {

// The word that follows the first `key` in `line`, to the next space, comma,
// ';', '|' or ')': "4" of "epoch=4 | ..." for "epoch=". Spaces after the key
// are passed over. Nothing if there is no such key or no word.
std::optional<absl::string_view> ValueAfter(absl::string_view line,
                                            absl::string_view key);

// Likewise, a whole number of at most nine digits, whatever follows them.
std::optional<uint64_t> CountAfter(absl::string_view line,
                                   absl::string_view key);

class LogRows {
 public:
  explicit LogRows(std::string source) : source_(std::move(source)) {}

  // Before the lines of each, for messages and rows.
  void SetLine(uint64_t number) { line_ = number; }

  // Lines without a number of their own belong to the last epoch that was
  // named.
  void SetEpoch(uint64_t epoch) { epoch_ = epoch; }
  uint64_t epoch() const { return epoch_; }

  // The row of epoch(), made if it is new. After a Set() of its epoch, which
  // refuses what is no number of an epoch.
  ReportedRow& Row();

  // Sets a column of Row() from printed text, with its precision. A column that
  // is set keeps its value, except with `replace`. InvalidArgument names file,
  // line and column.
  absl::Status Set(const char* column, absl::string_view text,
                   bool replace = false);

  absl::Status SetNumber(const char* column, uint64_t count);

  // Columns of all rows.
  ReportedRow& defaults() { return defaults_; }

  // One line of its kind is enough.
  void Note(const std::string& note) { notes_[note] = line_; }

  bool empty() const { return rows_.empty(); }

  // Rows by epoch, defaults filled in.
  ReportedTable Finish();

 private:
  const std::string source_;
  uint64_t line_ = 0;
  uint64_t epoch_ = 0;
  std::map<uint64_t, ReportedRow> rows_;
  ReportedRow defaults_;
  std::map<std::string, uint64_t> notes_;
};

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_LOG_ROWS_H_
