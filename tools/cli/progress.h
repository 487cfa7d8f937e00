// A progress line for long work: what is done, how fast, how long it still
// takes.
//
//   Progress progress("evaluating", "images", 1000);
//   for (...) { ...; progress.Update(done); }
//
// On a terminal one line on standard error is rewritten five times a second and
// erased at the end; elsewhere a plain line appears every five seconds, so that
// short work prints nothing. Calls must not overlap.

#ifndef LOCKSTEP_TOOLS_CLI_PROGRESS_H_
#define LOCKSTEP_TOOLS_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>
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

  // `done` units of the total are done.
  void Update(int64_t done);

  // Since construction.
  double Seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_, unit_;
  const int64_t total_;
  const bool quiet_, terminal_;
  const Clock::time_point begin_;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_PROGRESS_H_
