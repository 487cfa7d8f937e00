#include "analysis/reported/nccl_tests.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analysis/reported/nccl_tests_json.h"

namespace lockstep::analysis {
namespace {

using Words = std::vector<absl::string_view>;

constexpr size_t kMostLineBytes = 4096;

// Columns by the header's names; those of in-place come second.
constexpr char kSize[] = "size", kTime[] = "time", kCpuTime[] = "cputime";

Words WordsOf(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
}

absl::StatusOr<Quantity> PositiveTime(absl::string_view text) {
  absl::StatusOr<Quantity> time = ParseQuantity(text);
  if (time.ok() && !(time->value > 0))
    return absl::InvalidArgumentError(
        absl::StrCat("time '", text, "' is not positive"));
  return time;
}

absl::Status SetNumber(absl::string_view word, Quantity& to) {
  const absl::StatusOr<Quantity> number = ParseQuantity(word);
  if (!number.ok()) return number.status();
  if (number->value < 0)
    return absl::InvalidArgumentError(absl::StrCat("'", word, "' is negative"));
  to = *number;
  return absl::OkStatus();
}

// The four cells of one direction.
absl::Status SetResult(absl::string_view column, absl::string_view word,
                       CollectiveRow& row) {
  if (column == kTime || column == kCpuTime) {
    const absl::StatusOr<Quantity> time = PositiveTime(word);
    if (time.ok()) row.time_us = *time;
    return time.status();
  }
  if (column == "algbw") return SetNumber(word, row.algbw);
  if (column == "busbw") return SetNumber(word, row.busbw);
  Quantity wrong;
  if ((column != "#wrong" && column != "error") || word == "N/A")
    return absl::OkStatus();
  const absl::Status status = SetNumber(word, wrong);
  if (status.ok())
    row.wrong = static_cast<uint64_t>(std::min(wrong.value, 1e18));
  return status;
}

absl::Status SetCount(absl::string_view word, uint64_t& to) {
  if (absl::SimpleAtoi(word, &to)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", word.substr(0, 40), "' is not a whole number"));
}

// Reads the text line by line.
class TextReader {
 public:
  explicit TextReader(const std::string& source) { table_.source = source; }

  absl::Status AddLine(uint64_t number, absl::string_view line) {
    if (absl::ConsumePrefix(&line, "#")) {
      AddComment(line);
      return absl::OkStatus();
    }
    const Words words = WordsOf(line);
    uint64_t size = 0;
    // Other programs' lines (srun, mpirun, NCCL's INFO) stand between.
    if (words.size() < 7 || !absl::SimpleAtoi(words[0], &size))
      return absl::OkStatus();
    absl::Status status =
        AddRow(absl::StrCat(table_.source, ":", number), words);
    if (status.ok()) return status;
    return absl::InvalidArgumentError(
        absl::StrCat(table_.source, ":", number, ": ", status.message()));
  }

  CollectiveTable Take() { return std::move(table_); }

 private:
  void AddComment(absl::string_view comment) {
    const Words words = WordsOf(comment);
    if (words.empty()) return;
    if (words[0] == kSize) {
      columns_.clear();
      for (absl::string_view word : words) columns_.emplace_back(word);
      return;
    }
    uint32_t rank = 0;
    if (words.size() > 2 && words[0] == "Rank" &&
        absl::SimpleAtoi(words[1], &rank) && rank < 10'000'000)
      AddRank(rank, comment);
    absl::string_view value = comment;
    const size_t colon = value.find(':');
    if (colon == value.npos) return;
    value = absl::StripAsciiWhitespace(value.substr(colon + 1));
    if (absl::StrContains(comment, "Collective test starting"))
      table_.collective = std::string(value.substr(0, 60));
    double average = 0;
    if (absl::StrContains(comment, "Avg bus bandwidth") &&
        absl::SimpleAtod(value.substr(0, value.find(' ')), &average))
      table_.average_busbw = average;
  }

  void AddRank(uint32_t rank, absl::string_view comment) {
    table_.world_size = std::max(table_.world_size, rank + 1);
    const size_t bracket = comment.find(']');
    if (rank == 0 && bracket != comment.npos)
      table_.device =
          std::string(absl::StripAsciiWhitespace(comment.substr(bracket + 1)));
  }

  // The header's columns; redop and root may be blank in a row.
  absl::StatusOr<std::vector<std::string>> ColumnsOf(const Words& words) const {
    if (columns_.empty())
      return absl::InvalidArgumentError(
          "a row stands before the header '# size count type ...'");
    std::vector<std::string> columns = columns_;
    for (const char* blank : {"root", "redop"})
      if (words.size() < columns.size())
        columns.erase(std::remove(columns.begin(), columns.end(), blank),
                      columns.end());
    if (words.size() >= columns.size()) return columns;
    return absl::InvalidArgumentError(absl::StrCat("the row has ", words.size(),
                                                   " columns, its header ",
                                                   columns_.size()));
  }

  absl::Status AddRow(const std::string& source, const Words& words) {
    const auto columns = ColumnsOf(words);
    if (!columns.ok()) return columns.status();
    std::vector<CollectiveRow> rows;
    CollectiveRow common;
    common.source = source;
    for (size_t i = 0; i < columns->size(); ++i) {
      const std::string& column = (*columns)[i];
      absl::Status status;
      if (column == kSize) status = SetCount(words[i], common.bytes);
      if (column == "count") status = SetCount(words[i], common.count);
      if (column == "type") common.type = std::string(words[i].substr(0, 20));
      if (column == "redop") common.redop = std::string(words[i].substr(0, 20));
      if (column == kTime || column == kCpuTime) {
        common.in_place = !rows.empty();
        rows.push_back(common);
      }
      if (status.ok() && !rows.empty())
        status = SetResult(column, words[i], rows.back());
      if (!status.ok()) return status;
    }
    for (CollectiveRow& row : rows) table_.rows.push_back(std::move(row));
    return absl::OkStatus();
  }

  CollectiveTable table_;
  std::vector<std::string> columns_;
};

absl::StatusOr<CollectiveTable> ReadText(absl::string_view bytes,
                                         const std::string& source) {
  TextReader reader(source);
  uint64_t number = 0;
  for (absl::string_view line : absl::StrSplit(bytes, '\n')) {
    const absl::Status status =
        reader.AddLine(++number, line.substr(0, kMostLineBytes));
    if (!status.ok()) return status;
  }
  return reader.Take();
}

}  // namespace

bool LooksLikeNcclTests(absl::string_view begin) {
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(begin), "{"))
    return absl::StrContains(begin, "\"nccl_version\"") ||
           (absl::StrContains(begin, "\"results\"") &&
            absl::StrContains(begin, "\"out_of_place\""));
  return absl::StrContains(begin, "# nThread ") ||
         absl::StrContains(begin, "# nccl-tests version") ||
         (absl::StrContains(begin, "algbw") &&
          absl::StrContains(begin, "busbw") &&
          absl::StrContains(begin, "redop"));
}

absl::StatusOr<CollectiveTable> ReadNcclTests(absl::string_view bytes,
                                              const std::string& source) {
  const bool is_json =
      absl::StartsWith(absl::StripLeadingAsciiWhitespace(bytes), "{");
  absl::StatusOr<CollectiveTable> table =
      is_json ? ReadNcclTestsJson(bytes, source) : ReadText(bytes, source);
  if (!table.ok()) return table;
  if (table->rows.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(source, " holds no result of nccl-tests"));
  if (table->world_size == 0)
    table->notes.push_back(absl::StrCat(
        source, " does not list its ranks: busbw cannot be checked."));
  return table;
}

}  // namespace lockstep::analysis
