#include "report/wrap.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep {
namespace {

// A line that began with "-", "=" or "#2" would not be the paragraph's.
bool MayStartLine(absl::string_view word) {
  return absl::ascii_isalpha(word[0]) || word[0] == '(';
}

}  // namespace

size_t Width(absl::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xc0) != 0x80; });
}

std::string Wrapped(const std::string& text, const std::string& indent) {
  std::string wrapped;
  size_t width = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool breaks =
        width + 1 + Width(word) > kTextWidth && MayStartLine(word);
    if (!wrapped.empty()) wrapped += breaks ? absl::StrCat("\n", indent) : " ";
    width = breaks ? indent.size() + Width(word) : width + 1 + Width(word);
    absl::StrAppend(&wrapped, word);
  }
  return wrapped;
}

}  // namespace lockstep
