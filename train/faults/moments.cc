// A library to preload into //train:ddp, for tests: it holds a rank at a gate
// (control.h) until the test has done its harm, throws an exception there, and
// steps the wall clock. So faults strike at their moment on machines of any
// speed. The program is the one that users run.

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/conv2d_ops.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <new>

#include "train/faults/control.h"

namespace lockstep {
namespace {

// Nothing waits for ever: 60 s of polls at 1 ms.
constexpr int kMostPolls = 60000;

class InjectedException : public std::bad_alloc {
 public:
  const char* what() const noexcept override { return "an injected exception"; }
};

// Set at a gate: the thread's next allocation throws.
thread_local bool throws_next = false;

FaultControl* MapControl() {
  static FaultControl none;
  const char* path = getenv(kControlVariable);
  const int fd =
      path == nullptr ? -1 : openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return &none;
  void* map = mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE,
                   MAP_SHARED, fd, 0);
  close(fd);
  return map == MAP_FAILED ? &none : static_cast<FaultControl*>(map);
}

// Called before constructors of other libraries run, hence no global.
FaultControl& Control() {
  static FaultControl* const control = MapControl();
  return *control;
}

void PassGate(Gate gate) {
  FaultControl& c = Control();
  if (c.gate.load() != gate || c.released.load() != 0) return;
  if (c.passes.fetch_sub(1) > 0) return;
  c.waits = 1;
  for (int i = 0; i < kMostPolls && c.released.load() == 0; ++i) usleep(1000);
  throws_next = c.throws.exchange(0) != 0;
}

template <typename Function>
Function* Original(const char* symbol) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, symbol));
}

bool EndsWith(const char* text, const char* end) {
  const size_t size = strlen(text), wanted = strlen(end);
  return size >= wanted && strcmp(text + size - wanted, end) == 0;
}

}  // namespace
}  // namespace lockstep

// Any thread of a rank that has no gate: it still waits for the others.
void* operator new(size_t size) {
  using lockstep::throws_next;
  lockstep::FaultControl& c = lockstep::Control();
  if (c.gate.load() == lockstep::Gate::kNone && c.throws.exchange(0) != 0)
    throws_next = true;
  if (throws_next) {
    throws_next = false;
    throw lockstep::InjectedException();
  }
  void* memory = malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

at::Tensor at::_ops::conv2d::call(const at::Tensor& input,
                                  const at::Tensor& weight,
                                  const ::std::optional<at::Tensor>& bias,
                                  c10::SymIntArrayRef stride,
                                  c10::SymIntArrayRef padding,
                                  c10::SymIntArrayRef dilation,
                                  c10::SymInt groups) {
  using lockstep::Gate;
  lockstep::PassGate(at::GradMode::is_enabled() ? Gate::kTrainingForward
                                                : Gate::kEvaluationForward);
  // The symbol of this function.
  static auto* const original = lockstep::Original<decltype(call)>(
      "_ZN2at4_ops6conv2d4callERKNS_6TensorES4_RKSt8optionalIS2_EN3c108ArrayRef"
      "INS9_6SymIntEEESC_SC_SB_");
  return original(input, weight, bias, stride, padding, dilation, groups);
}

extern "C" int rename(const char* from, const char* to) noexcept {
  if (lockstep::EndsWith(to, ".ckpt"))
    lockstep::PassGate(lockstep::Gate::kCheckpointFile);
  static auto* const original =
      lockstep::Original<int(const char*, const char*)>("rename");
  return original(from, to);
}

extern "C" int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);  // unused where not given
  va_end(arguments);
  if (strstr(path, "/model.onnx.") != nullptr)
    lockstep::PassGate(lockstep::Gate::kModelFile);
  static auto* const original =
      lockstep::Original<int(const char*, int, ...)>("open");
  return original(path, flags, mode);
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static auto* const original =
      lockstep::Original<int(clockid_t, timespec*)>("clock_gettime");
  const int result = original(clock, time);
  const int64_t step = lockstep::Control().clock_step_s.load();
  if (step != 0 &&
      (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += step;
    ++lockstep::Control().clock_looks;
  }
  return result;
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

extern "C" time_t time(time_t* seconds) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (seconds != nullptr) *seconds = now.tv_sec;
  return now.tv_sec;
}
