// A progress line for long work: what is done, how fast, how long it still takes.
//
//   Progress progress("evaluating", "images", 1000);
//   for (...) { ...; progress.Advance(64); }
//
// On a terminal one line on standard error is rewritten ten times a second and
// erased at the end; elsewhere a plain line appears every ten seconds, so that
// short work prints nothing. Thread-safe.

#ifndef LOCKSTEP_TOOLS_CLI_PROGRESS_H_
#define LOCKSTEP_TOOLS_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lockstep {

// "evaluating 640/1000 images, 64.0 images/s, 6 s left".
std::string ProgressLine(const std::string& what, const std::string& unit,
                         int64_t done, int64_t total, double seconds);

class Progress {
 public:
  // `total` in `unit`s; a quiet one prints nothing (ranks other than 0).
  Progress(std::string what, std::string unit, int64_t total,
           bool quiet = false);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Advance(int64_t units);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_, unit_;
  const int64_t total_;
  const bool quiet_, terminal_;
  const Clock::time_point begin_;
  std::mutex mutex_;
  int64_t done_ = 0;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_PROGRESS_H_
