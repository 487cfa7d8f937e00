// Progress of long work on standard error: one line that is rewritten on a
// terminal, plain lines every five seconds elsewhere.

#ifndef LOCKSTEP_QUANT_PROGRESS_H_
#define LOCKSTEP_QUANT_PROGRESS_H_

#include <chrono>
#include <cstddef>
#include <string>

namespace lockstep::quant {

// "fp32: 120 of 500 images, 41.3 images/s, 9 s left".
std::string ProgressLine(const std::string& what, size_t done, size_t total,
                         double seconds);

// One piece of work. Calls must not overlap.
class Progress {
 public:
  Progress(std::string what, size_t total);
  ~Progress();  // clears the terminal's line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Update(size_t done);

  // Since construction.
  double Seconds() const;

 private:
  const std::string what_;
  const size_t total_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  double next_;  // second of the next line
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_PROGRESS_H_
