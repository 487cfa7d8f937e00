// Tests only: //train:ddp as real processes that can be killed and stopped.
//
//   Processes run;
//   for (int r = 0; r < 3; ++r) run.Start(RankCommand(place, r, flags));
//   ASSERT_TRUE(run.AwaitOutput(0, "[MODEL]"));
//   run.Fault(1, SIGKILL);
//   for (const Ended& end : run.Wait()) ...

#ifndef LOCKSTEP_TRAIN_TESTING_PROCESSES_H_
#define LOCKSTEP_TRAIN_TESTING_PROCESSES_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace lockstep {

// How long tests wait for what must happen: much longer than it takes, because
// machines may be busy.
inline constexpr std::chrono::seconds kPatience(60);

// Polls until `is_so`; false after kPatience.
bool Await(const std::function<bool()>& is_so);

// How a process ended.
struct Ended {
  int code = -1;       // its exit code, or 128 + the signal that ended it
  double seconds = 0;  // after the latest Fault(), else after the start
  std::string out, error;
};

class Processes {
 public:
  // Output goes to files in `folder`.
  explicit Processes(std::string folder);
  ~Processes();  // kills what is left

  // Starts the shell command, which may begin with words like "RANK=1"; its
  // pid is the program's. Numbered from 0.
  void Start(const std::string& command);
  pid_t pid(int i) const { return all_[i].pid; }
  std::string out(int i) const;
  std::string error(int i) const;

  // Sends a signal, and starts the clock of Ended::seconds.
  void Fault(int i, int signal);
  // Waits until process `i` prints `text` on standard output.
  bool AwaitOutput(int i, const std::string& text) const;
  // Waits for its end, or for all. Who is there after kPatience is killed: code
  // 137.
  Ended Wait(int i);
  std::vector<Ended> Wait();

 private:
  struct Process {
    pid_t pid = 0;
    bool running = true;
    Ended end;
  };

  void Reap();
  void Collect(const std::vector<int>& which);
  double SecondsSinceFault() const;

  const std::string folder_;
  std::chrono::steady_clock::time_point fault_;
  std::vector<Process> all_;
};

// Where the ranks of one run meet and write.
struct RunPlace {
  int world_size = 1;
  int port = 0;
  std::string folder;  // --output_dir
};
RunPlace NewRunPlace(int world_size, const std::string& folder);

// Rank `rank` of `place`, as torchrun would start it.
std::string RankCommand(const RunPlace& place, int rank,
                        const std::string& flags);

// The processes, no zombies, that have `text` in their command line.
std::vector<pid_t> LiveProcesses(const std::string& text);

// Ends of established connections to `port` on this host's IPv4 and IPv6.
int Connections(int port);

// The children of `parent` now.
std::vector<pid_t> Children(pid_t parent);
// The same once there are `count`; else nothing.
std::vector<pid_t> AwaitChildren(pid_t parent, size_t count);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TESTING_PROCESSES_H_
