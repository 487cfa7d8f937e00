// Text in lines that a terminal shows.

#ifndef LOCKSTEP_REPORT_WRAP_H_
#define LOCKSTEP_REPORT_WRAP_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace lockstep {

// What a terminal shows beside an editor.
inline constexpr size_t kTextWidth = 100;

// Code points of UTF-8: all bytes but continuations.
size_t Width(absl::string_view text);

// `text` with line ends where a line would exceed kTextWidth, each later line
// behind `indent`. No line begins with what Markdown takes for a list, a
// heading or a rule.
std::string Wrapped(const std::string& text, const std::string& indent = "");

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_WRAP_H_
