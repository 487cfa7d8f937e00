// The process that started this host's ranks, for launchers that give a run no
// name of its own (MPICH's Hydra). Linux's /proc; no torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LAUNCHER_PROCESS_H_
#define LOCKSTEP_TRAIN_LAUNCH_LAUNCHER_PROCESS_H_

#include <string>

namespace lockstep {

// This host's name, as gethostname gives it; "localhost" if it has none.
std::string ThisHostName();

// "HOST.PID.START" of the nearest ancestor that was started without the
// environment variable `variable`. A launcher sets it for each of its ranks and
// not for itself, so all its ranks on this host get the same text, scripts
// around them or not, and no other run gets it, at any time. "" when /proc does
// not tell, for instance when every rank has a container of its own.
std::string LauncherProcess(const std::string& variable);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LAUNCHER_PROCESS_H_
