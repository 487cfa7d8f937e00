#include "train/launch/hostlist.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// More digits than any host has, and still far from overflowing 64 bits.
constexpr size_t kMaxDigits = 15;
// Of a text that an error repeats.
constexpr size_t kShownText = 60;

// A place in a text. The first mistake ends all reading.
class Cursor {
 public:
  Cursor(absl::string_view text, const char* what) : text_(text), what_(what) {}

  bool at_end() const { return !status_.ok() || at_ == text_.size(); }
  char next() const { return at_end() ? '\0' : text_[at_]; }
  size_t offset() const { return at_; }
  const absl::Status& status() const { return status_; }

  void SkipSpace() {
    while (!at_end() && absl::ascii_isspace(next())) ++at_;
  }

  bool Take(absl::string_view token) {
    if (!status_.ok() || text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  void Expect(absl::string_view token) {
    if (!Take(token)) Fail(absl::StrCat("expected '", token, "'"));
  }

  // Characters as long as `is_wanted` says so.
  template <typename Predicate>
  absl::string_view TakeWhile(Predicate is_wanted) {
    const size_t begin = at_;
    while (!at_end() && is_wanted(next())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A number as it is written.
  absl::string_view Digits() {
    const size_t begin = at_;
    const absl::string_view digits = TakeWhile(absl::ascii_isdigit);
    if (digits.empty() || digits.size() > kMaxDigits)
      Fail(absl::StrCat("expected a number of at most ", kMaxDigits, " digits"),
           begin);
    return digits;
  }

  void Fail(const std::string& why) { Fail(why, at_); }
  void Fail(const std::string& why, size_t offset) {
    if (!status_.ok()) return;
    const bool cut = text_.size() > kShownText;
    status_ = absl::InvalidArgumentError(absl::StrCat(
        "'", absl::CHexEscape(text_.substr(0, kShownText)), cut ? "..." : "",
        "' is not ", what_, ": ", why, " at offset ", offset));
  }

 private:
  const absl::string_view text_;
  const char* const what_;
  size_t at_ = 0;
  absl::Status status_;
};

int64_t Value(absl::string_view digits) {
  int64_t value = 0;
  (void)absl::SimpleAtoi(digits, &value);  // Digits() has checked it
  return value;
}

using Names = std::vector<std::string>;

// "3" or "08-10", appended to `numbers`.
void ReadRange(Cursor& cursor, Names& numbers) {
  cursor.SkipSpace();
  const size_t begin = cursor.offset();
  const absl::string_view first = cursor.Digits();
  cursor.SkipSpace();
  absl::string_view last = first;
  if (cursor.Take("-")) {
    cursor.SkipSpace();
    last = cursor.Digits();
    cursor.SkipSpace();
  }
  if (!cursor.status().ok()) return;
  const int64_t low = Value(first), high = Value(last);
  if (high < low) return cursor.Fail("a range that goes down", begin);
  if (high - low >= kMaxHosts - static_cast<int64_t>(numbers.size()))
    return cursor.Fail(absl::StrCat("more than ", kMaxHosts, " hosts"), begin);
  for (int64_t n = low; n <= high; ++n)
    numbers.push_back(
        absl::StrFormat("%0*d", static_cast<int>(first.size()), n));
}

// "[1-3,5]" without its first bracket.
Names ReadBracket(Cursor& cursor) {
  Names numbers;
  do {
    ReadRange(cursor, numbers);
  } while (cursor.Take(","));
  cursor.Expect("]");
  return numbers;
}

// Every beginning with every end; `room` is how many names may still come.
void Multiply(Cursor& cursor, const Names& ends, size_t room, Names& names) {
  if (names.size() * ends.size() > room)
    return cursor.Fail(absl::StrCat("more than ", kMaxHosts, " hosts"));
  Names product;
  product.reserve(names.size() * ends.size());
  for (const std::string& name : names)
    for (const std::string& end : ends) {
      if (name.size() + end.size() > kMaxHostName)
        return cursor.Fail(
            absl::StrCat("a name of more than ", kMaxHostName, " characters"));
      product.push_back(name + end);
    }
  names = std::move(product);
}

bool IsNameCharacter(char c) {
  return absl::ascii_isgraph(c) && c != '[' && c != ']' && c != ',';
}

// One entry of the list with all its brackets.
Names ReadNames(Cursor& cursor, size_t room) {
  Names names = {""};
  const size_t begin = cursor.offset();
  while (cursor.status().ok()) {
    const absl::string_view literal = cursor.TakeWhile(IsNameCharacter);
    if (!literal.empty()) {
      Multiply(cursor, {std::string(literal)}, room, names);
    } else if (cursor.Take("[")) {
      const Names numbers = ReadBracket(cursor);
      if (cursor.status().ok()) Multiply(cursor, numbers, room, names);
    } else {
      break;
    }
  }
  if (cursor.offset() == begin) cursor.Fail("expected a name");
  return names;
}

// "2" or "2(x3)", appended to `counts`.
void ReadCount(Cursor& cursor, std::vector<int>& counts) {
  const size_t begin = cursor.offset();
  const int64_t count = Value(cursor.Digits());
  int64_t repeats = 1;
  if (cursor.Take("(x")) {
    repeats = Value(cursor.Digits());
    cursor.Expect(")");
  }
  if (!cursor.status().ok()) return;
  if (count > kMaxHosts || repeats < 1 ||
      repeats > kMaxHosts - static_cast<int64_t>(counts.size()))
    return cursor.Fail(absl::StrCat("a count beyond ", kMaxHosts), begin);
  counts.insert(counts.end(), repeats, count);
}

// Calls `read` for every entry of a comma-separated list.
template <typename Read>
absl::Status ReadList(Cursor& cursor, Read read) {
  do {
    cursor.SkipSpace();
    read();
    cursor.SkipSpace();
  } while (cursor.Take(","));
  if (!cursor.at_end()) cursor.Fail("expected a comma");
  return cursor.status();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExpandHostList(
    absl::string_view text) {
  Cursor cursor(text, "a list of hosts");
  Names hosts;
  const absl::Status status = ReadList(cursor, [&] {
    for (std::string& name : ReadNames(cursor, kMaxHosts - hosts.size()))
      hosts.push_back(std::move(name));
  });
  if (!status.ok()) return status;
  return hosts;
}

absl::StatusOr<std::vector<int>> ExpandTaskCounts(absl::string_view text) {
  Cursor cursor(text, "a list of counts");
  std::vector<int> counts;
  const absl::Status status =
      ReadList(cursor, [&] { ReadCount(cursor, counts); });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace lockstep
