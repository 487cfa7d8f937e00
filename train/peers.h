// The ranks of a run, connected: collectives, lifelines and one clock.

#ifndef LOCKSTEP_TRAIN_PEERS_H_
#define LOCKSTEP_TRAIN_PEERS_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/comm/communicator.h"
#include "train/device.h"
#include "train/launch/launch.h"
#include "train/launch/rendezvous.h"
#include "train/lifeline/lifeline.h"
#include "train/lifeline/server.h"
#include "train/options.h"
#include "train/step_timing.h"

namespace lockstep {

// Called with the first cause when this process is about to be ended although
// its training thread does not answer. On another thread.
using LastWords = std::function<void(const Verdict& verdict)>;

class Peers {
 public:
  // Meets the other ranks and connects to them by the device's communicator.
  // Collective. DeadlineExceeded:
  // not all have come; Unavailable: one was lost meanwhile.
  static absl::StatusOr<std::unique_ptr<Peers>> Open(
      const TrainOptions& options, const LaunchInfo& launch, Device& device,
      LastWords last_words);
  ~Peers();

  Communicator& comm() { return *comm_; }
  const Meeting& meeting() const { return meeting_; }
  const ClockOffset& clock() const { return clock_; }

  // The clock once more: it may have drifted. Leaves clock() as it was.
  // Unavailable if rank 0 does not answer.
  absl::StatusOr<ClockOffset> MeasureClock();

  // Where the training thread is, for whoever judges a stall.
  void Tick(const char* phase, int64_t step) { lifeline_->Tick(phase, step); }

  // This process was asked to stop: the others are asked too.
  void RequestStop(const std::string& signal) {
    lifeline_->RequestStop(signal);
  }

  // Makes this rank's failure known and returns the run's: Unavailable with the
  // first cause when another rank failed before, else `failure`. Afterwards
  // the process should end without waiting for collectives under way.
  absl::Status Settle(const absl::Status& failure);

  // The verdict that Settle() heard.
  const std::optional<Verdict>& verdict() const { return verdict_; }

  // The orderly end of a run, on every rank. Unavailable if a rank is lost
  // while others say goodbye.
  void Leave();

 private:
  Peers(const TrainOptions& options, const LaunchInfo& launch, Device& device,
        LastWords last_words);

  absl::Status OpenLifeline(const std::string& address);
  absl::Status CheckSameDevice();
  absl::Status OpenCommunicator(const std::string& address);
  void OnVerdict(const Verdict& verdict);
  void Answer();

  const TrainOptions& options_;
  const LaunchInfo& launch_;
  Device& device_;
  const LastWords last_words_;
  Meeting meeting_;
  ClockOffset clock_;
  std::unique_ptr<Communicator> comm_;

  std::optional<Verdict> verdict_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;  // the training thread ends the process by itself

  std::unique_ptr<LifelineServer> server_;  // rank 0
  std::unique_ptr<Lifeline> lifeline_;      // last: its thread calls OnVerdict
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_PEERS_H_
