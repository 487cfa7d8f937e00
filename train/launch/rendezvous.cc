#include "train/launch/rendezvous.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <random>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
using StorePtr = c10::intrusive_ptr<c10d::Store>;

constexpr auto kPollInterval = std::chrono::milliseconds(20);
// One attempt to reach a published address; a stale file costs this much.
constexpr auto kConnectTime = std::chrono::seconds(3);

// Where rank 0 listens, and the number that tells this run from an earlier one.
struct Meeting {
  std::string address;
  int port = 0;
  std::string nonce;
};

std::string Encode(const Meeting& m) {
  return absl::StrCat(m.address, " ", m.port, " ", m.nonce, "\n");
}

absl::StatusOr<Meeting> Decode(const std::string& text) {
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  Meeting m;
  if (words.size() != 3 || !absl::SimpleAtoi(words[1], &m.port))
    return absl::DataLossError("not a rendezvous file");
  m.address = words[0];
  m.nonce = words[2];
  return m;
}

std::string RandomNonce() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

StorePtr OpenStore(const Meeting& m, bool serve,
                   std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = m.port;
  options.isServer = serve;
  options.waitWorkers = false;  // we wait ourselves, to say who is missing
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(m.address, options);
}

std::string PathOf(const LaunchInfo& launch, const RendezvousOptions& options) {
  return launch.launcher == "slurm"
             ? absl::StrCat(options.directory, "/", launch.rendezvous)
             : launch.rendezvous;
}

// Rank 0 with nobody else's decision: serve on any port and publish it.
absl::StatusOr<StorePtr> ServeAndPublish(const LaunchInfo& launch,
                                         const RendezvousOptions& options) {
  const std::string path = PathOf(launch, options);
  unlink(path.c_str());  // what a killed run left
  if (launch.launcher == "slurm") {
    const absl::Status status = MakeWritableDirectory(options.directory);
    if (!status.ok()) return status;
  }
  const auto address = ThisHostAddress(launch, options.interface);
  if (!address.ok()) return address.status();
  Meeting m = {*address, 0, RandomNonce()};
  StorePtr store = OpenStore(m, /*serve=*/true, options.timeout);
  m.port = static_cast<c10d::TCPStore&>(*store).getPort();
  const absl::Status status = WriteFileAtomically(path, Encode(m));
  if (!status.ok()) return status;
  return StorePtr(c10::make_intrusive<c10d::PrefixStore>(m.nonce, store));
}

// Removes the file and, if no other step uses it, the folder made for it.
void RemovePublished(const LaunchInfo& launch,
                     const RendezvousOptions& options) {
  unlink(PathOf(launch, options).c_str());
  if (launch.launcher == "slurm") rmdir(options.directory.c_str());
}

// The others: read the file until it leads to a store.
absl::StatusOr<StorePtr> FindPublished(const LaunchInfo& launch,
                                       const RendezvousOptions& options,
                                       Clock::time_point deadline) {
  const std::string path = PathOf(launch, options);
  while (Clock::now() < deadline) {
    const absl::StatusOr<std::string> text = ReadFile(path, 4096);
    const absl::StatusOr<Meeting> m =
        text.ok() ? Decode(*text) : absl::StatusOr<Meeting>(text.status());
    if (m.ok()) {
      try {
        return StorePtr(c10::make_intrusive<c10d::PrefixStore>(
            m->nonce, OpenStore(*m, /*serve=*/false, kConnectTime)));
      } catch (const std::exception&) {
        // Nobody listens there (any more): look at the file again.
      }
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return absl::DeadlineExceededError(
      absl::StrCat("rank 0 did not publish its address in ", path, " within ",
                   options.timeout.count() / 1e3,
                   " s; did it start, and do all hosts see that folder?"));
}

absl::StatusOr<StorePtr> Connect(const LaunchInfo& launch,
                                 const RendezvousOptions& options,
                                 Clock::time_point deadline) {
  if (!launch.master_address.empty()) {
    const bool serve = launch.rank == 0 && !launch.agent_serves_store;
    const StorePtr store =
        OpenStore({launch.master_address, launch.master_port, ""}, serve,
                  options.timeout);
    return StorePtr(c10::make_intrusive<c10d::PrefixStore>(
        absl::StrCat("lockstep.", launch.restart_count), store));
  }
  return launch.rank == 0 ? ServeAndPublish(launch, options)
                          : FindPublished(launch, options, deadline);
}

// Marks of the ranks in the store: first "arrived", then "done" with looking.
std::string Mark(const char* what, int rank) {
  return absl::StrCat(what, "/", rank);
}

// The ranks that have not left their mark when all have or the time is over.
std::vector<int> AwaitMarks(c10d::Store& store, const char* what,
                            int world_size, Clock::time_point deadline) {
  while (true) {
    std::vector<int> missing;
    for (int r = 0; r < world_size; ++r)
      if (!store.check({Mark(what, r)})) missing.push_back(r);
    if (missing.empty() || Clock::now() > deadline) return missing;
    std::this_thread::sleep_for(kPollInterval);
  }
}

// Announces this rank and waits for the others. Rank 0, which may serve the
// store, stays until the others have seen everybody too.
absl::Status WaitForAll(c10d::Store& store, const LaunchInfo& launch,
                        const RendezvousOptions& options,
                        Clock::time_point deadline) {
  const std::vector<uint8_t> mark = {1};
  const int world_size = launch.world_size;
  store.set(Mark("arrived", launch.rank), mark);
  std::vector<int> missing = AwaitMarks(store, "arrived", world_size, deadline);
  if (missing.empty()) {
    store.set(Mark("done", launch.rank), mark);
    if (launch.rank != 0) return absl::OkStatus();
    missing = AwaitMarks(store, "done", world_size, deadline);
    if (missing.empty()) return absl::OkStatus();
  }
  return absl::DeadlineExceededError(absl::StrCat(
      "rank", missing.size() > 1 ? "s " : " ", absl::StrJoin(missing, ", "),
      " of ", world_size, " did not come within ",
      options.timeout.count() / 1e3, " s (--init_timeout)"));
}

}  // namespace

absl::StatusOr<std::string> ThisHostAddress(const LaunchInfo& launch,
                                            const std::string& interface) {
  if (launch.single_host() && interface.empty()) return "127.0.0.1";
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0)
    return absl::InternalError("cannot list the network interfaces");
  std::string address;
  for (const ifaddrs* i = all; i != nullptr && address.empty();
       i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    const bool wanted = interface.empty() ? (i->ifa_flags & IFF_UP) &&
                                                !(i->ifa_flags & IFF_LOOPBACK)
                                          : interface == i->ifa_name;
    if (!wanted) continue;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET,
              &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr,
              text, sizeof(text));
    address = text;
  }
  freeifaddrs(all);
  if (!address.empty()) return address;
  if (interface.empty()) return "127.0.0.1";
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no network interface ", interface, " with an IPv4 address"));
}

absl::StatusOr<StorePtr> Meet(const LaunchInfo& launch,
                              const RendezvousOptions& options) {
  const Clock::time_point deadline = Clock::now() + options.timeout;
  try {
    absl::StatusOr<StorePtr> store = Connect(launch, options, deadline);
    if (!store.ok()) return store.status();
    const absl::Status status = WaitForAll(**store, launch, options, deadline);
    // All are here (or the run is over): nobody needs the file any more.
    if (launch.rank == 0 && launch.master_address.empty())
      RemovePublished(launch, options);
    if (!status.ok()) return status;
    return store;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return absl::DeadlineExceededError(
        absl::StrCat("rendezvous failed: ", text.substr(0, text.find('\n'))));
  }
}

}  // namespace lockstep
