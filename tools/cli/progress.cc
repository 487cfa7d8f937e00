#include "tools/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(10);

}  // namespace

std::string ProgressLine(const std::string& what, const std::string& unit,
                         int64_t done, int64_t total, double seconds) {
  const double rate = seconds > 0 ? done / seconds : 0;
  std::string line = absl::StrFormat("%s %d/%d %s, %.1f %s/s", what, done,
                                     total, unit, rate, unit);
  if (rate > 0) absl::StrAppendFormat(&line, ", %.0f s left", (total - done) / rate);
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

void Progress::Advance(int64_t units) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ += units;
  const Clock::time_point now = Clock::now();
  if (quiet_ || now < next_) return;
  next_ = now + (terminal_ ? kTerminalInterval : kPlainInterval);
  const std::string line =
      ProgressLine(what_, unit_, done_, total_,
                   std::chrono::duration<double>(now - begin_).count());
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  shown_ = true;
}

}  // namespace lockstep
