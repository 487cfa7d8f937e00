#include "train/lifeline/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep {

absl::Status Worker::Start(std::function<void()> body) {
  wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake_.get() < 0)
    return absl::ResourceExhaustedError(
        absl::StrCat("no descriptor for the lifeline: ", strerror(errno)));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the thread
  absl::Status status;
  try {
    thread_ = std::thread(std::move(body));
  } catch (const std::system_error& error) {
    status = absl::ResourceExhaustedError(
        absl::StrCat("no thread for the lifeline: ", error.what()));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return status;
}

void Worker::Wake() {
  const uint64_t one = 1;
  // Fails only if 2^64 wakes are pending.
  if (write(wake_.get(), &one, sizeof one) < 0) return;
}

void Worker::ClearWake() {
  uint64_t count = 0;
  if (read(wake_.get(), &count, sizeof count) < 0) return;
}

void Worker::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  Wake();
  thread_.join();
}

}  // namespace lockstep
