#include "analysis/reported/log_rows.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

constexpr char kEndsOfWords[] = " \t\r,;|)";
constexpr size_t kMostDigits = 9;
// A row takes a kilobyte.
constexpr uint64_t kMostEpochs = 10'000;

bool IsSet(const ReportedRow& row, absl::string_view column) {
  for (const NumberColumn& number : NumberColumns())
    if (column == number.name) return (row.*number.field).has_value();
  for (const CountColumn& count : CountColumns())
    if (column == count.name) return (row.*count.field).has_value();
  return false;
}

absl::string_view After(absl::string_view line, absl::string_view key) {
  const size_t at = line.find(key);
  if (at == line.npos) return {};
  return absl::StripLeadingAsciiWhitespace(line.substr(at + key.size()));
}

}  // namespace

std::optional<absl::string_view> ValueAfter(absl::string_view line,
                                            absl::string_view key) {
  absl::string_view word = After(line, key);
  word = word.substr(0, word.find_first_of(kEndsOfWords));
  if (word.empty()) return std::nullopt;
  return word;
}

std::optional<uint64_t> CountAfter(absl::string_view line,
                                   absl::string_view key) {
  const absl::string_view rest = After(line, key);
  size_t digits = 0;
  while (digits < rest.size() && absl::ascii_isdigit(rest[digits])) ++digits;
  uint64_t count = 0;
  if (digits == 0 || digits > kMostDigits ||
      !absl::SimpleAtoi(rest.substr(0, digits), &count))
    return std::nullopt;
  return count;
}

ReportedRow& LogRows::Row() {
  ReportedRow& row = rows_[epoch_];
  if (row.source.empty()) {
    row.source = absl::StrCat(source_, ":", line_);
    row.epoch = epoch_;
  }
  return row;
}

absl::Status LogRows::Set(const char* column, absl::string_view text,
                          bool replace) {
  if (epoch_ > kMostEpochs)
    return absl::InvalidArgumentError(absl::StrCat(
        source_, ":", line_, ": epoch ", epoch_, " is beyond ", kMostEpochs));
  ReportedRow& row = Row();
  if (!replace && IsSet(row, column)) {
    Note(absl::StrCat(source_, " gives ", column,
                      " of an epoch more than once; the first counts."));
    return absl::OkStatus();
  }
  // A run that diverged is a result, too.
  if (absl::EqualsIgnoreCase(text, "nan")) {
    Note(absl::StrCat(source_, " prints NaN as ", column, "; it is left out."));
    return absl::OkStatus();
  }
  const absl::Status status = SetColumn(row, column, text);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(source_, ":", line_, ": ", status.message()));
}

absl::Status LogRows::SetNumber(const char* column, uint64_t count) {
  return Set(column, absl::StrCat(count), /*replace=*/true);
}

ReportedTable LogRows::Finish() {
  ReportedTable table;
  table.source = source_;
  for (auto& [epoch, row] : rows_) {
    FillFrom(defaults_, row);
    table.rows.push_back(std::move(row));
  }
  for (const auto& [note, line] : notes_) table.notes.push_back(note);
  CountEpochsFromOne(table);
  return table;
}

}  // namespace lockstep::analysis
