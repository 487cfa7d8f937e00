#include "train/peers.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/build_info.h"
#include "tools/cli/exit_code.h"
#include "train/launch/meeting_place.h"
#include "train/launch/stop_signal.h"
#include "train/rank_end.h"

namespace lockstep {
namespace {

using std::chrono::seconds;

// What a training thread gets to notice a verdict, in a step or in a failing
// collective, before its process is ended for it.
constexpr auto kGrace = std::chrono::milliseconds(1500);
// Until a failed rank must have heard the verdict: victims wait 2 s for the
// cause.
constexpr auto kVerdictTime = seconds(5);
// Round trips for the clock: the best of 16 on loopback is below 50 us.
constexpr int kClockPings = 16;

constexpr char kLifelinePort[] = "lifeline";
constexpr char kDeviceKind[] = "device";

std::vector<uint8_t> Bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace

Peers::Peers(const TrainOptions& options, const LaunchInfo& launch,
             Device& device, LastWords last_words)
    : options_(options),
      launch_(launch),
      device_(device),
      last_words_(std::move(last_words)) {}

Peers::~Peers() = default;

absl::StatusOr<std::unique_ptr<Peers>> Peers::Open(const TrainOptions& options,
                                                   const LaunchInfo& launch,
                                                   Device& device,
                                                   LastWords last_words) {
  RendezvousOptions rendezvous;
  rendezvous.method = options.rendezvous;
  rendezvous.directory = options.rendezvous_dir;
  rendezvous.directory_is_own = options.rendezvous_dir_given;
  rendezvous.interface = options.interface;
  rendezvous.timeout = options.init_timeout;
  rendezvous.build = GitRevision();
  auto meeting = Meet(launch, rendezvous);
  if (!meeting.ok()) return meeting.status();
  const auto address = ThisHostAddress(launch, options.interface);
  if (!address.ok()) return address.status();
  std::unique_ptr<Peers> peers(
      new Peers(options, launch, device, std::move(last_words)));
  peers->meeting_ = *std::move(meeting);
  absl::Status status = peers->OpenLifeline(*address);
  if (status.ok()) status = peers->CheckSameDevice();
  if (status.ok()) status = peers->OpenCommunicator(*address);
  if (!status.ok()) return peers->Settle(status);
  const auto clock = peers->MeasureClock();
  if (!clock.ok()) return peers->Settle(clock.status());
  peers->clock_ = *clock;
  return peers;
}

absl::StatusOr<ClockOffset> Peers::MeasureClock() {
  return lifeline_->MeasureClock(kClockPings);
}

absl::Status Peers::OpenLifeline(const std::string& address) {
  c10d::Store& store = *meeting_.store;
  const RankPlace& self = meeting_.ranks[launch_.rank];
  if (launch_.rank == 0) {
    LifelineServer::Options options;
    options.world_size = launch_.world_size;
    options.host = self.host;
    options.nonce = meeting_.nonce;
    options.stall_timeout = options_.step_timeout;
    for (int r = 0; r < launch_.world_size; ++r)
      options.ranks.push_back(
          {r, meeting_.ranks[r].host, meeting_.ranks[r].pid});
    auto server = LifelineServer::Start(address, options);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    store.set(kLifelinePort,
              Bytes(absl::StrCat(address, " ", server_->port())));
  }
  const std::vector<uint8_t> bytes = store.get(kLifelinePort);
  const std::string text(bytes.begin(), bytes.end());
  const size_t blank = text.find(' ');
  int port = 0;
  if (blank == text.npos || !absl::SimpleAtoi(text.substr(blank + 1), &port))
    return absl::InternalError("rank 0 published no lifeline");
  Lifeline::Options options;
  options.self = {launch_.rank, self.host, self.pid};
  options.world_size = launch_.world_size;
  options.nonce = meeting_.nonce;
  options.stall_timeout = options_.step_timeout;
  options.connect_timeout = options_.init_timeout;
  options.on_verdict = [this](const Verdict& verdict) { OnVerdict(verdict); };
  options.on_stop = [](const std::string&) { ::lockstep::RequestStop(); };
  auto lifeline = Lifeline::Connect(text.substr(0, blank), port, options);
  if (!lifeline.ok()) return lifeline.status();
  lifeline_ = *std::move(lifeline);
  return absl::OkStatus();
}

// Ranks on CPUs and ranks on GPUs would wait for each other.
absl::Status Peers::CheckSameDevice() {
  c10d::Store& store = *meeting_.store;
  const std::string mine = device_.place().is_cpu() ? "cpu" : "cuda";
  if (launch_.rank == 0) store.set(kDeviceKind, Bytes(mine));
  const std::vector<uint8_t> bytes = store.get(kDeviceKind);
  const std::string first(bytes.begin(), bytes.end());
  if (first == mine) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("rank ", launch_.rank, " has --device=", mine,
                   " and rank 0 has ", first, "; give all ranks the same"));
}

absl::Status Peers::OpenCommunicator(const std::string& address) {
  ConnectOptions connect;
  connect.store = meeting_.store;
  connect.rank = launch_.rank;
  connect.world_size = launch_.world_size;
  connect.address = address;
  connect.timeout = options_.step_timeout;
  auto comm = device_.Connect(connect);
  if (!comm.ok()) return comm.status();
  comm_ = *std::move(comm);
  return absl::OkStatus();
}

void Peers::OnVerdict(const Verdict& verdict) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (changed_.wait_for(lock, kGrace, [this] { return answered_; })) return;
  last_words_(verdict);
  // The training thread hangs in a collective or a long step.
  ExitAtOnce(
      verdict.rank == launch_.rank
          ? absl::InternalError(verdict.cause)
          : SpokenByRank(launch_, absl::UnavailableError(verdict.cause)));
}

void Peers::Answer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  answered_ = true;
  changed_.notify_all();
}

absl::Status Peers::Settle(const absl::Status& failure) {
  Answer();
  if (lifeline_ == nullptr) return failure;
  if (absl::IsUnavailable(failure)) {
    lifeline_->FailAsVictim(failure.message());
  } else {
    lifeline_->Fail(failure.message());
  }
  verdict_ = lifeline_->WaitForVerdict(kVerdictTime);
  if (!verdict_.has_value()) return failure;
  if (verdict_->rank != launch_.rank)
    return absl::UnavailableError(verdict_->cause);
  // The others gave up a rank that was stopped; that its connections are gone
  // now is a consequence.
  return absl::IsUnavailable(failure) ? absl::InternalError(verdict_->cause)
                                      : failure;
}

void Peers::Leave() {
  Answer();
  if (lifeline_ != nullptr) lifeline_->Leave();
  if (server_ != nullptr) server_->AwaitGoodbyes(kVerdictTime);
}

}  // namespace lockstep
