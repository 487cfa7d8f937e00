#include "train/launch/rank_place.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "train/launch/hostlist.h"
#include "train/launch/launcher_process.h"

namespace lockstep {
namespace {

constexpr size_t kShownRanks = 16;
constexpr size_t kShownHosts = 8;

// "a, b and 3 more".
std::string JoinShort(std::vector<std::string> words, size_t shown) {
  const size_t more = words.size() > shown ? words.size() - shown : 0;
  words.resize(words.size() - more);
  return absl::StrCat(absl::StrJoin(words, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

std::map<std::string, int> CountByHost(
    const std::vector<std::optional<RankPlace>>& come) {
  std::map<std::string, int> counts;
  for (const auto& place : come)
    if (place) ++counts[place->host];
  return counts;
}

// Host names and builds travel as one word each.
bool IsWord(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxHostName &&
         std::all_of(text.begin(), text.end(), absl::ascii_isgraph);
}

std::string AsWord(const std::string& text) {
  std::string word = text.substr(0, kMaxHostName);
  for (char& c : word)
    if (!absl::ascii_isgraph(c)) c = '_';
  return word.empty() ? "_" : word;
}

// From Slurm's table: hosts that owe ranks.
std::string HostsWithTooFew(const LaunchInfo& launch,
                            const std::map<std::string, int>& counts) {
  std::vector<std::string> words;
  for (size_t i = 0; i < launch.hosts.size(); ++i) {
    const auto found = counts.find(launch.hosts[i]);
    const int came = found == counts.end() ? 0 : found->second;
    if (came < launch.tasks_on_host[i])
      words.push_back(absl::StrCat(launch.hosts[i], " (", came, " of ",
                                   launch.tasks_on_host[i], ")"));
  }
  if (words.empty()) return "";
  return absl::StrCat("; hosts with too few ranks: ",
                      JoinShort(std::move(words), kShownHosts));
}

std::string HostsThatCame(const std::map<std::string, int>& counts) {
  std::vector<std::string> words;
  for (const auto& [host, came] : counts)
    words.push_back(absl::StrCat(host, " (", came, ")"));
  if (words.empty()) return "";
  return absl::StrCat("; ranks came from: ",
                      JoinShort(std::move(words), kShownHosts));
}

}  // namespace

RankPlace ThisRankPlace(const LaunchInfo& launch, const std::string& build) {
  return {launch.host.empty() ? ThisHostName() : launch.host, getpid(), build};
}

std::string EncodeRankPlace(const RankPlace& place) {
  return absl::StrCat(AsWord(place.host), " ", place.pid,
                      place.build.empty() ? "" : " ",
                      place.build.empty() ? "" : AsWord(place.build));
}

absl::StatusOr<RankPlace> DecodeRankPlace(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  RankPlace place;
  if (words.size() < 2 || words.size() > 3 || !IsWord(words[0]) ||
      !absl::SimpleAtoi(words[1], &place.pid) || !IsWord(words.back()))
    return absl::DataLossError("not a rank's place");
  place.host = std::string(words[0]);
  if (words.size() == 3) place.build = std::string(words[2]);
  return place;
}

absl::Status CheckSameBuild(const RankPlace& first, int rank,
                            const RankPlace& place) {
  if (place.build == first.build) return absl::OkStatus();
  const auto build_of = [](const RankPlace& p) {
    return p.build.empty() ? "an older build" : absl::StrCat("build ", p.build);
  };
  return absl::FailedPreconditionError(absl::StrCat(
      "rank ", rank, " (host ", place.host, ", pid ", place.pid, ") is ",
      build_of(place), " and rank 0 (host ", first.host, ", pid ", first.pid,
      ") is ", build_of(first), "; start the same build on all hosts"));
}

std::string DescribeMissing(const LaunchInfo& launch,
                            const std::vector<std::optional<RankPlace>>& come) {
  std::vector<std::string> missing;
  for (size_t rank = 0; rank < come.size(); ++rank)
    if (!come[rank]) missing.push_back(absl::StrCat(rank));
  const char* rank = missing.size() == 1 ? "rank " : "ranks ";
  const auto counts = CountByHost(come);
  return absl::StrCat(rank, JoinShort(std::move(missing), kShownRanks), " of ",
                      come.size(), " did not come",
                      launch.hosts.empty() ? HostsThatCame(counts)
                                           : HostsWithTooFew(launch, counts));
}

}  // namespace lockstep
