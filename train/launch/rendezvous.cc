#include "train/launch/rendezvous.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"
#include "train/launch/presence.h"
#include "train/launch/run_store.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

// One attempt to reach an address; a stale file costs this much.
constexpr auto kConnectTime = std::chrono::seconds(3);
// Over the time-out, for the one who can say more to speak first.
constexpr auto kGraceTime = std::chrono::seconds(5);
// For the others to hear from rank 0 why they will not meet.
constexpr auto kAnnounceTime = std::chrono::seconds(3);

std::string Key(const char* what, int rank) {
  return absl::StrCat(what, "/", rank);
}

// One rank's way into the run.
class Rendezvous {
 public:
  // `pulse` is counted up while the store answers.
  Rendezvous(const LaunchInfo& launch, const RendezvousOptions& options,
             std::atomic<int64_t>& pulse)
      : launch_(launch),
        options_(options),
        pulse_(pulse),
        mine_(ThisRankPlace(launch, options.build)),
        deadline_(Clock::now() + options.timeout) {}

  absl::StatusOr<Meeting> Run() {
    LogNothing();
    const auto way = ChooseWay(launch_, options_);
    if (!way.ok()) return way.status();
    way_ = *way;
    place_.address = way_.address;
    place_.port = way_.port;
    absl::Status status = serves() ? Serve() : Find();
    if (status.ok()) status = MeetOthers();
    if (is_published() && serves()) RemovePublished();
    if (!status.ok()) return status;
    return meeting_;
  }

 private:
  bool is_published() const { return way_.kind == RendezvousWay::kPublished; }

  absl::Status MeetOthers() {
    if (launch_.rank != 0) return JoinUnlessRank0Ends();
    const absl::Status status = Gather();
    if (!status.ok() && presence_.has_value())
      presence_->Announce(status, Listeners(), kAnnounceTime);
    return status;
  }

  // Its store ends with rank 0.
  absl::Status JoinUnlessRank0Ends() {
    try {
      return Join();
    } catch (const std::bad_alloc& error) {
      return absl::InternalError(error.what());  // nobody else's failure
    } catch (const std::exception&) {
      return absl::UnavailableError(
          absl::StrCat("rank 0 at ", Where(),
                       " ended before all ranks had met; its own last lines "
                       "tell why"));
    }
  }

  bool serves() const {
    return launch_.rank == 0 &&
           !(way_.kind == RendezvousWay::kGiven && launch_.agent_serves_store);
  }

  // Rank 0: opens the store, and publishes it where the place is not given.
  absl::Status Serve() {
    std::string address;  // all: a given name may stand for any of them
    if (is_published()) {
      const auto mine = ThisHostAddress(launch_, options_.interface);
      if (!mine.ok()) return mine.status();
      address = place_.address = *mine;
    }
    const auto socket = ListenAt(address, place_.port);
    if (!socket.ok()) return socket.status();
    place_.port = socket->port;
    place_.nonce = RandomNonce();
    LookUpNamesLocally();
    base_ = ServeStore(address.empty() ? "127.0.0.1" : address, *socket,
                       options_.timeout);
    Set(*Below(place_.nonce, base_), "here", "1");
    return is_published() ? Publish() : absl::OkStatus();
  }

  absl::Status Publish() {
    if (!way_.folder.empty()) {
      const absl::Status status = MakeWritableDirectory(way_.folder);
      if (!status.ok()) return status;
    }
    return WriteFileAtomically(way_.path, EncodeMeetingPlace(place_));
  }

  // Removes the file and, if no other run uses it, the folder made for it.
  void RemovePublished() {
    unlink(way_.path.c_str());
    if (!way_.folder.empty()) rmdir(way_.folder.c_str());
  }

  // A member: looks until it stands before its run's store.
  absl::Status Find() {
    while (Clock::now() < deadline_) {
      if (!is_published() || ReadPublished()) {
        if (TryConnect()) return absl::OkStatus();
      }
      Pause();
    }
    if (is_published())
      return TooLate(
          absl::StrCat("rank 0 did not publish its address in ", way_.path),
          "; did it start, and do all hosts see that folder?");
    return TooLate(absl::StrCat("rank 0 did not answer at ", Where()),
                   "; did it start, and can this host reach that port?");
  }

  bool ReadPublished() {
    const auto text = ReadFile(way_.path, 4096);
    if (!text.ok()) return false;
    auto place = DecodeMeetingPlace(*text);
    if (!place.ok()) return false;
    place_ = *std::move(place);
    return true;
  }

  bool TryConnect() {
    // Asked first: c10d's client prints a warning for every refusal, and waits
    // for ever for a server that accepts and says nothing.
    if (!IsStore(place_.address, place_.port, kConnectTime)) return false;
    try {
      base_ = ConnectToStore(place_.address, place_.port, kConnectTime);
      // Else a program that got the port after the run that published it.
      if (is_published() && !Below(place_.nonce, base_)->check({"here"}))
        return false;
      base_->setTimeout(options_.timeout);
      return true;
    } catch (const std::exception&) {
      return false;  // no store listens there
    }
  }

  // Where members ask for the nonce: no other run's name, if runs have names.
  StorePtr Lobby() {
    return Below(absl::StrCat("lockstep/", launch_.run_id, "/", launch_.job_id,
                              ".", launch_.step_id, "/", launch_.restart_count,
                              "/", launch_.world_size),
                 base_);
  }

  // A member's question carries a number of its own, so that an answer to an
  // earlier run in the same store is not taken for this one's.
  absl::Status AskForNonce() {
    const StorePtr lobby = Lobby();
    const std::string token = RandomNonce();
    Set(*lobby, Key("ask", launch_.rank), token);
    const std::string answer = absl::StrCat(Key("answer", launch_.rank), token);
    if (!Await([&] { return lobby->check({answer}); }))
      return TooLate(
          absl::StrCat("rank 0 of this run did not come to ", Where()), "");
    place_.nonce = Get(*lobby, answer);
    if (IsNonce(place_.nonce)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("a store that is not Lockstep's answers at ", Where()));
  }

  // Rank 0: answers those who have not come yet.
  void AnswerQuestions(c10d::Store& lobby) {
    for (int r = 1; r < launch_.world_size; ++r) {
      if (come_[r] || !lobby.check({Key("ask", r)})) continue;
      const std::string token = Get(lobby, Key("ask", r));
      if (token == answered_[r] || !IsNonce(token)) continue;
      Set(lobby, absl::StrCat(Key("answer", r), token), place_.nonce);
      answered_[r] = token;
    }
  }

  void LookWhoCame(c10d::Store& store) {
    for (int r = 0; r < launch_.world_size; ++r) {
      if (come_[r] || !store.check({Key("arrived", r)})) continue;
      const auto place = DecodeRankPlace(Get(store, Key("arrived", r)));
      if (!place.ok()) continue;
      come_[r] = *place;
      if (failure_.ok()) failure_ = CheckSameBuild(mine_, r, *place);
    }
  }

  bool AllCame() const {
    return std::all_of(come_.begin(), come_.end(),
                       [](const auto& place) { return place.has_value(); });
  }

  // Takes this rank's seat; nobody can take it twice.
  absl::Status Arrive() {
    meeting_.nonce = place_.nonce;
    meeting_.store = Below(place_.nonce, base_);
    const std::string mine = EncodeRankPlace(mine_);
    const std::string seat = Key("arrived", launch_.rank);
    const std::vector<uint8_t> bytes(mine.begin(), mine.end());
    meeting_.store->compareSet(seat, {}, bytes);
    const std::string taken = Get(*meeting_.store, seat);
    if (taken == mine) {
      presence_.emplace(*meeting_.store, launch_.rank);
      return absl::OkStatus();
    }
    const auto by = DecodeRankPlace(taken);
    return absl::AlreadyExistsError(absl::StrCat(
        "rank ", launch_.rank, " has come already",
        by.ok() ? absl::StrCat(", as process ", by->pid, " on ", by->host) : "",
        "; is another run started with the same ",
        is_published() ? absl::StrCat("file ", way_.path)
                       : absl::StrCat("meeting place ", Where()),
        "?"));
  }

  // Rank 0: waits for all, tells them who they are, and stays until they know,
  // because it may be the one who serves the store.
  absl::Status Gather() {
    if (place_.nonce.empty()) place_.nonce = RandomNonce();  // the agent serves
    come_.resize(launch_.world_size);
    answered_.resize(launch_.world_size);
    const absl::Status status = Arrive();
    if (!status.ok()) return status;
    c10d::Store& store = *meeting_.store;
    const StorePtr lobby = Lobby();
    if (!Await([&] {
          if (!is_published()) AnswerQuestions(*lobby);
          LookWhoCame(store);
          return failure_.ok() && AllCame();
        }))
      return TooLate(DescribeMissing(launch_, come_), "");
    Set(store, "ranks", absl::StrJoin(come_, "\n", [](auto* out, auto& place) {
          out->append(EncodeRankPlace(*place));
        }));
    for (const auto& place : come_) meeting_.ranks.push_back(*place);
    return AwaitDone(store);
  }

  absl::Status AwaitDone(c10d::Store& store) {
    come_.assign(launch_.world_size, std::nullopt);
    come_[0] = meeting_.ranks[0];
    if (Await([&] {
          for (int r = 1; r < launch_.world_size; ++r)
            if (!come_[r] && store.check({Key("done", r)}))
              come_[r] = meeting_.ranks[r];
          return AllCame();
        }))
      return absl::OkStatus();
    return TooLate(absl::StrCat(DescribeMissing(launch_, come_),
                                " to the end of the rendezvous"),
                   "");
  }

  absl::Status Join() {
    absl::Status status;
    if (!is_published()) status = AskForNonce();
    if (status.ok()) status = Arrive();
    if (!status.ok()) return status;
    c10d::Store& store = *meeting_.store;
    if (!Await([&] { return store.check({"ranks"}); }))
      return TooLate(absl::StrCat("not all ", launch_.world_size,
                                  " ranks came to rank 0 at ", Where()),
                     "; rank 0 names those that are missing");
    for (absl::string_view line : absl::StrSplit(Get(store, "ranks"), '\n')) {
      auto place = DecodeRankPlace(line);
      if (!place.ok()) return place.status();
      meeting_.ranks.push_back(*std::move(place));
    }
    if (static_cast<int>(meeting_.ranks.size()) != launch_.world_size)
      return absl::DataLossError(
          absl::StrCat("rank 0 at ", Where(), " has another world size than ",
                       launch_.world_size, "; are these ranks of one run?"));
    Set(store, Key("done", launch_.rank), "1");
    return absl::OkStatus();
  }

  // False when the time is over before `is_done`, or the meeting has failed.
  bool Await(const std::function<bool()>& is_done) {
    while (!is_done()) {
      ++pulse_;
      if (Clock::now() > Deadline() || !NobodyIsLost()) return false;
      Pause();
    }
    return true;
  }

  // Rank 0 speaks first, because it knows who is missing.
  Clock::time_point Deadline() const {
    const bool listens = launch_.rank != 0 && presence_.has_value();
    return listens ? deadline_ + kAnnounceTime : deadline_;
  }

  // Whom this rank expects a sign of life from.
  std::vector<int> Watched() const {
    if (launch_.rank != 0) return {0};
    // Those who have come; once all have, those who have not yet gone on.
    const bool all_came = !meeting_.ranks.empty();
    std::vector<int> watched;
    for (int r = 1; r < launch_.world_size; ++r)
      if (come_[r].has_value() != all_came) watched.push_back(r);
    return watched;
  }

  // Those of them who can still hear an announcement.
  std::vector<int> Listeners() const {
    std::vector<int> ranks = Watched();
    if (lost_.has_value())
      ranks.erase(std::remove(ranks.begin(), ranks.end(), *lost_), ranks.end());
    return ranks;
  }

  bool NobodyIsLost() {
    if (!presence_.has_value()) return true;
    if (launch_.rank != 0) failure_ = presence_->Announcement();
    lost_ = presence_->Look(Watched(), Clock::now());
    if (failure_.ok() && lost_.has_value()) failure_ = Lost(*lost_);
    return failure_.ok();
  }

  absl::Status Lost(int rank) {
    const auto place =
        DecodeRankPlace(Get(*meeting_.store, Key("arrived", rank)));
    return absl::UnavailableError(absl::StrCat(
        "rank ", rank,
        place.ok()
            ? absl::StrCat(" (host ", place->host, ", pid ", place->pid, ")")
            : "",
        " was lost before all ranks had met: no sign of life for ",
        kSilentLooks * kPresenceInterval.count(), " s; was it killed?"));
  }

  // Many ranks ask less often: rank 0 answers about 10,000 questions a second.
  void Pause() {
    std::this_thread::sleep_for(
        std::chrono::microseconds(20000 + 100 * launch_.world_size));
  }

  std::string Where() const {
    const std::string at = absl::StrCat(place_.address, ":", place_.port);
    if (is_published()) return absl::StrCat(at, " (from ", way_.path, ")");
    return at;
  }

  // Why Await() gave up.
  absl::Status TooLate(const std::string& what, const char* advice) const {
    if (!failure_.ok()) return failure_;
    return absl::DeadlineExceededError(
        absl::StrCat(what, " within ", options_.timeout.count() / 1e3,
                     " s (--init_timeout)", advice));
  }

  const LaunchInfo& launch_;
  const RendezvousOptions& options_;
  std::atomic<int64_t>& pulse_;
  const RankPlace mine_;
  const Clock::time_point deadline_;
  RendezvousWay way_;
  MeetingPlace place_;
  StorePtr base_;
  std::vector<std::optional<RankPlace>> come_;  // rank 0
  std::vector<std::string> answered_;  // rank 0: each rank's last token
  Meeting meeting_;
  std::optional<Presence> presence_;  // once this rank has arrived
  std::optional<int> lost_;           // without a sign of life
  absl::Status failure_;              // of the meeting, as far as it is known
};

absl::StatusOr<Meeting> TryToMeet(const LaunchInfo& launch,
                                  const RendezvousOptions& options,
                                  std::atomic<int64_t>& pulse) {
  try {
    return Rendezvous(launch, options, pulse).Run();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return absl::DeadlineExceededError(
        absl::StrCat("rendezvous failed: ", text.substr(0, text.find('\n'))));
  }
}

}  // namespace

absl::StatusOr<Meeting> Meet(const LaunchInfo& launch,
                             const RendezvousOptions& options) {
  // c10d's clients have no time-out of their own against a rank 0 that stops
  // or is cut off in the middle, so a thread waits in our place, and is left to
  // itself then.
  const auto pulse = std::make_shared<std::atomic<int64_t>>(0);
  std::packaged_task<absl::StatusOr<Meeting>()> task(
      [launch, options, pulse] { return TryToMeet(launch, options, *pulse); });
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  const auto until = Clock::now() + options.timeout + kGraceTime;
  int64_t before = 0;
  for (int silent = 0; Clock::now() < until && silent <= kSilentLooks;) {
    if (result.wait_for(kPresenceInterval) == std::future_status::ready)
      return result.get();
    const int64_t now = *pulse;
    silent = now == before && now > 0 ? silent + 1 : 0;
    before = now;
  }
  if (Clock::now() < until)
    return absl::UnavailableError(absl::StrCat(
        "rank 0 was lost before all ranks had met: its store has not answered "
        "for ",
        kSilentLooks * kPresenceInterval.count(),
        " s; is its host up, and the network between?"));
  return absl::DeadlineExceededError(
      absl::StrCat("rank 0's store stopped answering; no rendezvous within ",
                   options.timeout.count() / 1e3, " s (--init_timeout)"));
}

}  // namespace lockstep
