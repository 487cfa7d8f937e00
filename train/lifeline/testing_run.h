// Tests only: a whole run in one process, a lifeline a rank.

#ifndef LOCKSTEP_TRAIN_LIFELINE_TESTING_RUN_H_
#define LOCKSTEP_TRAIN_LIFELINE_TESTING_RUN_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "train/lifeline/lifeline.h"
#include "train/lifeline/server.h"

namespace lockstep {

// Generous: only a broken build waits so long.
inline constexpr std::chrono::seconds kTestPatience(60);

inline constexpr char kTestNonce[] = "0123456789abcdef";

// Options that most tests want: host "nR", pid 100 + R, no stalls.
LifelineServer::Options TestServerOptions(int world_size);
Lifeline::Options TestOptions(int rank, int world_size);

// A rank, and what its callbacks got.
struct TestRank {
  std::atomic<int> verdicts{0}, stops{0};
  std::unique_ptr<Lifeline> lifeline;  // last: its thread uses the others
};

class TestRun {
 public:
  explicit TestRun(int world_size);  // with a server
  // A server and all ranks.
  static std::unique_ptr<TestRun> AllConnected(int world_size);

  // Connects a rank; counts callbacks. The options' callbacks are replaced.
  absl::Status Connect(Lifeline::Options options);

  LifelineServer& server() { return *server_; }
  Lifeline& operator[](int rank) { return *ranks_[rank].lifeline; }
  TestRank& rank(int rank) { return ranks_[rank]; }
  int world_size() const { return ranks_.size(); }

  // Ends the server before its ranks.
  void EndServer() { server_.reset(); }
  // The rank's end without a goodbye, as its process's death would be.
  void Drop(int rank) { ranks_[rank].lifeline.reset(); }

  // Every connected rank's verdict; they must all be the same, and each
  // callback must have run once.
  Verdict CommonVerdict();

 private:
  std::unique_ptr<LifelineServer> server_;
  std::vector<TestRank> ranks_;
};

// Waits until `condition` holds; false after kTestPatience.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + kTestPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_TESTING_RUN_H_
