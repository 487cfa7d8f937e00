// Draws with gnuplot, as a child process.

#ifndef LOCKSTEP_REPORT_GNUPLOT_H_
#define LOCKSTEP_REPORT_GNUPLOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// `text` as a gnuplot string in single quotes: nothing in it is a command.
std::string GnuplotString(absl::string_view text);

// The SVG element that `script` draws, ready to stand inside an HTML page.
// `name` (letters only) keeps its ids apart from those of other figures. The
// script must not set a terminal or an output. NotFound if there is no gnuplot
// in PATH; Internal, with gnuplot's message, if it fails.
absl::StatusOr<std::string> DrawSvg(const std::string& script,
                                    const std::string& name, int width,
                                    int height);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_GNUPLOT_H_
