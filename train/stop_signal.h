// SIGTERM and SIGUSR1 as a request to stop after a checkpoint. No torch.
//
// What sends them: scancel, Slurm's --signal and requeue, kubernetes, a person.
// The handler only sets a flag; the training loop asks between steps.

#ifndef LOCKSTEP_TRAIN_STOP_SIGNAL_H_
#define LOCKSTEP_TRAIN_STOP_SIGNAL_H_

#include <string>

namespace lockstep {

// Installs the handlers. Before that the signals end the process.
void CatchStopSignals();

// Lets in what the launcher of --nproc held back while this process started, to
// the handlers if they are there. Before any thread is started.
void TakeStopSignals();

// Whether this process was asked to stop, by a signal or by RequestStop().
bool StopRequested();

// As if a signal had come: another rank was asked. Any thread.
void RequestStop();

// "SIGTERM", "SIGUSR1", or "" when this process itself got no signal.
std::string StopSignalName();

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_STOP_SIGNAL_H_
