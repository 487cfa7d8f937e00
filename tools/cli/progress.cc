#include "tools/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr auto kPlainInterval = std::chrono::seconds(5);

}  // namespace

std::string ProgressLine(const std::string& what, const std::string& unit,
                         int64_t done, int64_t total, double seconds) {
  const double rate = seconds > 0 ? done / seconds : 0;
  std::string line = absl::StrFormat("%s %d/%d %s, %.1f %s/s", what, done,
                                     total, unit, rate, unit);
  if (rate > 0)
    absl::StrAppendFormat(&line, ", %.0f s left", (total - done) / rate);
  return line;
}

Progress::Progress(std::string what, std::string unit, int64_t total,
                   bool quiet)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO)),
      begin_(Clock::now()),
      next_(begin_ + (terminal_ ? kTerminalInterval : kPlainInterval)) {}

Progress::~Progress() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

void Progress::Update(int64_t done) {
  if (quiet_ || Clock::now() < next_) return;
  next_ = Clock::now() + (terminal_ ? kTerminalInterval : kPlainInterval);
  const std::string line = ProgressLine(what_, unit_, done, total_, Seconds());
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  shown_ = true;
}

double Progress::Seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

}  // namespace lockstep
