// SIGTERM and SIGUSR1 as a request to stop after a checkpoint. No torch.
//
// What sends them: scancel, Slurm's --signal and requeue, kubernetes, a person.
// The handler only sets a flag; the training loop asks between steps.

#ifndef LOCKSTEP_TRAIN_LAUNCH_STOP_SIGNAL_H_
#define LOCKSTEP_TRAIN_LAUNCH_STOP_SIGNAL_H_

#include <signal.h>

#include <string>

namespace lockstep {

inline constexpr int kStopSignals[] = {SIGTERM, SIGUSR1};

// Installs the handlers. Before that the signals end the process.
void CatchStopSignals();

// Holds the signals back, in this process and in those that it starts, so that
// none comes before their handlers are there. Before any thread is started.
void HoldStopSignals();

// Lets in what was held back, to the handlers if they are there. Before any
// thread is started.
void TakeStopSignals();

// Whether this process was asked to stop, by a signal or by RequestStop().
bool StopRequested();

// As if a signal had come: another rank was asked. Any thread.
void RequestStop();

// "SIGTERM", "SIGUSR1", or "" when this process itself got no signal.
std::string StopSignalName();

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_STOP_SIGNAL_H_
