#include "analysis/reported/log_reader.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analysis/reported/log_formats.h"

namespace lockstep::analysis {
namespace {

using LineReader = absl::StatusOr<bool> (*)(absl::string_view, LogRows&);

constexpr LineReader kLineReaders[] = {ReadBracketLine, ReadFullTimeLine,
                                       ReadTorchLine};

// What is longer is no line of a log.
constexpr size_t kMostLineBytes = 4096;
constexpr uint64_t kNoRank = std::numeric_limits<uint64_t>::max();

// Words that name a number beside them.
struct Words {
  std::vector<absl::string_view> in_lines;  // followed by ' ', '=' or ':'
  std::vector<absl::string_view> in_paths;  // before the number or behind it
  const char* column;
  std::optional<uint64_t> ReportedRow::*to;
};

const std::vector<Words>& NamedCounts() {
  static const auto& kCounts = *new std::vector<Words>{
      {{"world_size", "world size", "nproc_per_node", "nproc-per-node"},
       {"p", "gpu", "gpus", "ws", "np", "nproc", "ranks"},
       "world_size",
       &ReportedRow::world_size},
      {{"batch_size", "batch-size", "batch size"},
       {"b", "bs", "batch", "batchsize"},
       "batch_size_per_rank",
       &ReportedRow::batch_size_per_rank}};
  return kCounts;
}

struct LogLine {
  uint64_t rank = kNoRank;
  absl::string_view text;
};

// Takes "[default0]:", "[rank0]:", "[1,0]<stdout>:" or "0: " off `line`; the
// rank is the last number in it.
bool TakeRank(LogLine& line) {
  const absl::string_view text = line.text;
  const size_t colon = text.substr(0, 40).find(':');
  if (colon == text.npos || colon == 0) return false;
  const absl::string_view prefix = text.substr(0, colon);
  const bool is_bracket = prefix[0] == '[' && absl::StrContains(prefix, ']');
  const bool is_number =
      std::all_of(prefix.begin(), prefix.end(), absl::ascii_isdigit) &&
      absl::StartsWith(text.substr(colon), ": ");
  if (!is_bracket && !is_number) return false;
  // "[1,0]<stdout>" has no spaces, unlike "[GPU1] Epoch 3 | Batchsize".
  if (is_bracket && absl::StrContains(prefix, ' ')) return false;
  const absl::string_view inside = prefix.substr(0, prefix.find(']'));
  size_t end = inside.size(), begin = end;
  while (begin > 0 && absl::ascii_isdigit(inside[begin - 1])) --begin;
  if (!absl::SimpleAtoi(inside.substr(begin), &line.rank)) return false;
  line.text = absl::StripAsciiWhitespace(text.substr(colon + 1));
  return true;
}

// Takes a date and a time off `line`: words of digits and -/:.,TZ only.
void TakeTime(absl::string_view& line) {
  absl::string_view rest = line;
  absl::ConsumePrefix(&rest, "[");
  const size_t end = rest.find_first_not_of("0123456789-/:.,+TZ ");
  if (end == rest.npos || end < 8 || !absl::ascii_isdigit(rest[0]) ||
      !absl::StrContains(rest.substr(0, end), ":"))
    return;
  rest.remove_prefix(end);
  absl::ConsumePrefix(&rest, "]");
  line = absl::StripAsciiWhitespace(rest);
}

LogLine LineOf(absl::string_view text) {
  LogLine line;
  line.text = absl::StripAsciiWhitespace(text.substr(0, kMostLineBytes));
  TakeTime(line.text);
  if (TakeRank(line)) TakeTime(line.text);
  return line;
}

// The number that a line gives to one of `names`: "WORLD_SIZE=4".
std::optional<uint64_t> NamedIn(const std::string& line,
                                const std::vector<absl::string_view>& names) {
  for (const absl::string_view name : names) {
    const size_t at = line.find(std::string(name));
    if (at == line.npos) continue;
    absl::string_view rest = absl::string_view(line).substr(at + name.size());
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of("\"' =:")));
    if (const auto count = CountAfter(rest.substr(0, 12), "")) {
      if (*count > 0 && absl::ascii_isdigit(rest[0])) return count;
    }
  }
  return std::nullopt;
}

// A part of a path as its letters and its number, in either order; "" and 0 for
// what has no number.
struct PathWord {
  std::string letters;
  uint64_t number = 0;
};

PathWord SplitWord(absl::string_view word) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(c); };
  const bool digits_first = !word.empty() && is_digit(word[0]);
  const auto change = std::find_if(word.begin(), word.end(), [&](char c) {
    return is_digit(c) != digits_first;
  });
  const size_t length = change - word.begin();
  const absl::string_view digits =
      digits_first ? word.substr(0, length) : word.substr(length);
  PathWord split;
  split.letters = absl::AsciiStrToLower(digits_first ? word.substr(length)
                                                     : word.substr(0, length));
  if (digits.size() > 9 || !absl::SimpleAtoi(digits, &split.number))
    split.number = 0;
  return split;
}

// The number that the path gives to one of `names`; the last one counts, which
// is nearest to the file.
std::optional<uint64_t> NamedInPath(
    const std::string& path, const std::vector<absl::string_view>& names) {
  std::optional<uint64_t> found;
  PathWord before;
  for (absl::string_view text :
       absl::StrSplit(path, absl::ByAnyChar("/_-. "), absl::SkipEmpty())) {
    PathWord word = SplitWord(text);
    // "batch_128": the name is the part before.
    if (word.letters.empty() && before.number == 0)
      word.letters = before.letters;
    if (word.number > 0 &&
        std::find(names.begin(), names.end(), word.letters) != names.end())
      found = word.number;
    before = word;
  }
  return found;
}

void FillFromPath(const std::string& path, ReportedTable& table) {
  for (const Words& words : NamedCounts()) {
    const bool is_open = std::any_of(
        table.rows.begin(), table.rows.end(),
        [&](const ReportedRow& row) { return !(row.*words.to).has_value(); });
    if (!is_open) continue;
    const auto count = NamedInPath(path, words.in_paths);
    const absl::string_view what = words.column;
    ReportedRow named;
    if (!count || !SetColumn(named, words.column, absl::StrCat(*count)).ok()) {
      table.notes.push_back(absl::StrCat(path, " does not say its ", what,
                                         ", nor does its name."));
      continue;
    }
    table.notes.push_back(
        absl::StrCat(path, ": ", what, " ", *count, " is from its name."));
    for (ReportedRow& row : table.rows)
      if (!(row.*words.to).has_value()) row.*words.to = named.*words.to;
  }
}

// The lowest rank whose lines one of the readers knows.
uint64_t RankToRead(absl::string_view bytes) {
  uint64_t lowest = kNoRank;
  for (absl::string_view text : absl::StrSplit(bytes, '\n')) {
    const LogLine line = LineOf(text);
    if (line.rank >= lowest) continue;
    LogRows scratch("");
    for (const LineReader read : kLineReaders) {
      const absl::StatusOr<bool> known = read(line.text, scratch);
      if (!known.ok() || *known) lowest = line.rank;
    }
  }
  return lowest;
}

void ReadNamedCounts(absl::string_view line, LogRows& rows) {
  if (line.size() < 6) return;
  const std::string lower = absl::AsciiStrToLower(line.substr(0, 1024));
  for (const Words& words : NamedCounts())
    if (const auto count = NamedIn(lower, words.in_lines))
      SetColumn(rows.defaults(), words.column, absl::StrCat(*count))
          .IgnoreError();
}

absl::StatusOr<ReportedTable> ReadLines(absl::string_view bytes,
                                        const std::string& source) {
  const uint64_t rank = RankToRead(bytes);
  LogRows rows(source);
  uint64_t number = 0;
  for (absl::string_view text : absl::StrSplit(bytes, '\n')) {
    rows.SetLine(++number);
    const LogLine line = LineOf(text);
    if (line.rank != kNoRank && line.rank != rank) continue;
    bool known = false;
    for (size_t i = 0; i < std::size(kLineReaders) && !known; ++i) {
      const absl::StatusOr<bool> read = kLineReaders[i](line.text, rows);
      if (!read.ok()) return read.status();
      known = *read;
    }
    if (!known) ReadNamedCounts(line.text, rows);
  }
  return rows.Finish();
}

}  // namespace

bool LooksLikeLog(absl::string_view begin) {
  if (LooksLikeCsvLog(begin)) return true;
  LogRows scratch("");
  for (absl::string_view text : absl::StrSplit(begin, '\n')) {
    for (const LineReader read : kLineReaders) {
      const absl::StatusOr<bool> known = read(LineOf(text).text, scratch);
      if (!known.ok() || *known) return true;
    }
  }
  return false;
}

absl::StatusOr<ReportedTable> ReadLog(absl::string_view bytes,
                                      const std::string& source) {
  absl::StatusOr<ReportedTable> table = LooksLikeCsvLog(bytes)
                                            ? ReadCsvLog(bytes, source)
                                            : ReadLines(bytes, source);
  if (!table.ok()) return table;
  if (table->rows.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(source,
                     " has no line of a known log; docs/faq.md lists "
                     "what is read"));
  FillFromPath(source, *table);
  return table;
}

}  // namespace lockstep::analysis
