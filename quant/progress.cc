#include "quant/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep::quant {
namespace {

constexpr double kTerminalSeconds = 0.2;  // readable, and no load
constexpr double kPlainSeconds = 5;
constexpr char kClearLine[] = "\r\033[K";

}  // namespace

std::string ProgressLine(const std::string& what, size_t done, size_t total,
                         double seconds) {
  if (done == 0 || seconds <= 0)
    return absl::StrFormat("%s: %d of %d images", what, done, total);
  const double rate = done / seconds;
  return absl::StrFormat("%s: %d of %d images, %.1f images/s, %.0f s left",
                         what, done, total, rate, (total - done) / rate);
}

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      next_(terminal_ ? 0 : kPlainSeconds) {}

Progress::~Progress() {
  if (terminal_) std::fputs(kClearLine, stderr);
}

void Progress::Update(size_t done) {
  const double now = Seconds();
  if (now < next_) return;
  next_ = now + (terminal_ ? kTerminalSeconds : kPlainSeconds);
  const std::string line = ProgressLine(what_, done, total_, now);
  if (terminal_)
    std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
  else
    std::fprintf(stderr, "%s\n", line.c_str());
}

double Progress::Seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       start_)
      .count();
}

}  // namespace lockstep::quant
