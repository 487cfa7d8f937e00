// Somebody scans the ports of a process and sends them garbage.

#ifndef LOCKSTEP_TRAIN_FAULTS_STRANGERS_H_
#define LOCKSTEP_TRAIN_FAULTS_STRANGERS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace lockstep {

// The TCP ports that `pid` listens on, in its network namespace.
std::vector<int> ListeningPorts(pid_t pid);

// The ends of established connections at `port` of `pid`'s host.
int ConnectionsAt(pid_t pid, int port);

class Strangers {
 public:
  ~Strangers();  // hangs up

  // Sends every kind of garbage to a port; half of the connections stay.
  void Pester(const std::string& address, int port);
  int count() const { return count_; }

 private:
  void Connect(const std::string& address, int port, const std::string& bytes,
               bool stays);

  std::vector<int> staying_;
  int count_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_STRANGERS_H_
