#include "analysis/reported/csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lockstep::analysis {
namespace {

// Tables that people print are smaller; more is another kind of file.
constexpr size_t kMostCells = 1000, kMostRows = 100'000;

constexpr char kByteOrderMark[] = "\xef\xbb\xbf";

// Takes the first row off `text`; `line` counts what was taken.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {
    absl::ConsumePrefix(&text_, kByteOrderMark);
  }

  bool AtEnd() const { return text_.empty(); }
  uint64_t line() const { return line_; }
  bool AtComment() const { return text_[0] == '#'; }

  // The rest of the line.
  std::string TakeLine() {
    const size_t end = std::min(text_.find('\n'), text_.size());
    const absl::string_view line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++line_;
    return std::string(absl::StripTrailingAsciiWhitespace(line));
  }

  absl::StatusOr<std::vector<std::string>> TakeRow() {
    std::vector<std::string> cells;
    for (bool more = true; more;) {
      if (cells.size() == kMostCells)
        return absl::InvalidArgumentError(absl::StrCat(
            "line ", line_, " has more than ", kMostCells, " cells"));
      const absl::StatusOr<bool> took = TakeCell(cells.emplace_back());
      if (!took.ok()) return took.status();
      more = *took;
    }
    return cells;
  }

 private:
  // Whether a comma follows.
  absl::StatusOr<bool> TakeCell(std::string& cell) {
    while (!text_.empty()) {
      const char c = text_[0];
      text_.remove_prefix(1);
      if (c == ',') return true;
      if (c == '\n') {
        ++line_;
        return false;
      }
      if (c == '"') {
        const absl::Status quoted = TakeQuoted(cell);
        if (!quoted.ok()) return quoted;
      } else if (c != '\r') {
        cell += c;
      }
    }
    return false;
  }

  // Up to the closing quote; two quotes are one.
  absl::Status TakeQuoted(std::string& cell) {
    const uint64_t opened = line_;
    while (!text_.empty()) {
      const char c = text_[0];
      text_.remove_prefix(1);
      if (c == '"' && !absl::ConsumePrefix(&text_, "\""))
        return absl::OkStatus();
      if (c == '\n') ++line_;
      cell += c;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("line ", opened, " opens a quote that is never closed"));
  }

  absl::string_view text_;
  uint64_t line_ = 1;
};

bool IsBlank(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    return absl::StripAsciiWhitespace(cell).empty();
  });
}

}  // namespace

absl::StatusOr<Csv> ParseCsv(absl::string_view text) {
  Csv csv;
  Reader reader(text);
  while (!reader.AtEnd()) {
    const uint64_t line = reader.line();
    if (reader.AtComment()) {
      csv.comments.push_back({line, {reader.TakeLine()}});
      continue;
    }
    absl::StatusOr<std::vector<std::string>> cells = reader.TakeRow();
    if (!cells.ok()) return cells.status();
    if (IsBlank(*cells)) continue;
    if (!csv.rows.empty() && cells->size() != csv.rows[0].cells.size())
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, " has ", cells->size(),
                       " cells, the header has ", csv.rows[0].cells.size()));
    if (csv.rows.size() > kMostRows)
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, " is beyond ", kMostRows, " rows"));
    csv.rows.push_back({line, *std::move(cells)});
  }
  return csv;
}

}  // namespace lockstep::analysis
