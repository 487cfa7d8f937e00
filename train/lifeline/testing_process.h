// Tests only: a rank in a process of its own, so that it can be killed and
// stopped.

#ifndef LOCKSTEP_TRAIN_LIFELINE_TESTING_PROCESS_H_
#define LOCKSTEP_TRAIN_LIFELINE_TESTING_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "train/lifeline/lifeline.h"
#include "train/lifeline/server.h"
#include "train/lifeline/socket.h"

namespace lockstep {

// What a rank's process is to do. Rank 0 starts the server, too.
struct ProcessOptions {
  Lifeline::Options lifeline;
  LifelineServer::Options server;
  std::string address = "127.0.0.1";
  std::function<void()> before;  // runs first in the process; may be null
};

// A rank that ticks every 10 ms until told otherwise. Lines go both ways.
// From the process: "begun", "port N" (rank 0), "ready", "verdict RANK CAUSE",
// "stop REASON", "left".  To it: "port N", "freeze", "leave", "fail TEXT",
// "victim TEXT", "stop TEXT".
class RankProcess {
 public:
  // Forks: before any thread of this process starts.
  explicit RankProcess(const ProcessOptions& options);
  RankProcess(RankProcess&& other) noexcept;
  ~RankProcess();  // kills it

  pid_t pid() const { return pid_; }
  void Tell(const std::string& line);
  // The next line that begins with `word`, without it; others are skipped.
  // "(nothing)" after kTestPatience or when the process has ended.
  std::string Await(const std::string& word);
  void Signal(int signal);

 private:
  pid_t pid_ = -1;
  Fd wire_;
  std::string received_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_TESTING_PROCESS_H_
