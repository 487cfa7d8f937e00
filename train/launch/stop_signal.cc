#include "train/launch/stop_signal.h"

#include <signal.h>

#include <atomic>

namespace lockstep {
namespace {

std::atomic<int> signal_received{0};
std::atomic<bool> stop_requested{false};

void OnSignal(int signal) { signal_received.store(signal); }

// `how`: SIG_BLOCK or SIG_UNBLOCK.
void MaskStopSignals(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : kStopSignals) sigaddset(&signals, signal);
  sigprocmask(how, &signals, nullptr);
}

}  // namespace

void CatchStopSignals() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  // Restart: no read or wait of ours should fail because of it.
  action.sa_flags = SA_RESTART;
  for (int signal : kStopSignals) sigaction(signal, &action, nullptr);
}

void HoldStopSignals() { MaskStopSignals(SIG_BLOCK); }

void TakeStopSignals() { MaskStopSignals(SIG_UNBLOCK); }

bool StopRequested() {
  return stop_requested.load() || signal_received.load() != 0;
}

void RequestStop() { stop_requested.store(true); }

std::string StopSignalName() {
  switch (signal_received.load()) {
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    default:
      return "";
  }
}

}  // namespace lockstep
