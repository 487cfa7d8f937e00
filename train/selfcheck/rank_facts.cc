#include "train/selfcheck/rank_facts.h"

#include <sched.h>

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tools/build_info.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"
#include "train/launch/rank_place.h"

namespace lockstep {
namespace {

constexpr char kCongestionFile[] = "/proc/sys/net/ipv4/tcp_congestion_control";
// More values than these are counted, not named.
constexpr size_t kNamed = 4;

// What is encoded, in this order; threads and cores follow.
constexpr std::string RankFacts::*kTexts[] = {
    &RankFacts::host,          &RankFacts::launcher,  &RankFacts::revision,
    &RankFacts::torch_version, &RankFacts::backend,   &RankFacts::device,
    &RankFacts::cpu,           &RankFacts::congestion};

std::set<int> UsableCoreNumbers() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::set<int> numbers;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return numbers;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) numbers.insert(core);
  return numbers;
}

using Ranks = std::vector<RankFacts>;

// "a (ranks 0, 2), b (rank 1)"; long lists are cut.
std::string ByValue(const Ranks& ranks, std::string RankFacts::*field) {
  std::map<std::string, std::vector<int>> holders;
  for (size_t r = 0; r < ranks.size(); ++r)
    holders[ranks[r].*field].push_back(r);
  std::vector<std::string> words;
  for (auto& [value, who] : holders) {
    const size_t count = who.size();
    if (count > kNamed) who.resize(kNamed);
    words.push_back(absl::StrCat(
        value.empty() ? "unknown" : value, count == 1 ? " (rank " : " (ranks ",
        absl::StrJoin(who, ", "), count > kNamed ? ", ...)" : ")"));
    if (words.size() == kNamed) break;
  }
  return absl::StrJoin(words, ", ");
}

bool AllEqual(const Ranks& ranks, std::string RankFacts::*field) {
  for (const RankFacts& rank : ranks)
    if (rank.*field != ranks[0].*field) return false;
  return true;
}

std::map<std::string, std::vector<const RankFacts*>> ByHost(
    const Ranks& ranks) {
  std::map<std::string, std::vector<const RankFacts*>> hosts;
  for (const RankFacts& rank : ranks) hosts[rank.host].push_back(&rank);
  return hosts;
}

Check JudgeEquality(const Ranks& ranks) {
  const std::pair<const char*, std::string RankFacts::*> must[] = {
      {"Lockstep", &RankFacts::revision},
      {"torch", &RankFacts::torch_version},
      {"backend", &RankFacts::backend},
      {"launcher", &RankFacts::launcher},
      {"device", &RankFacts::device}};
  std::vector<std::string> differences;
  for (const auto& [name, field] : must)
    if (!AllEqual(ranks, field))
      differences.push_back(absl::StrCat(name, ": ", ByValue(ranks, field)));
  if (!differences.empty())
    return {CheckOutcome::kFail, "ranks",
            absl::StrCat(absl::StrJoin(differences, "; "),
                         "; start the same build everywhere, by one launcher"),
            ""};
  const RankFacts& first = ranks[0];
  return {CheckOutcome::kPass, "ranks",
          absl::StrCat(
              "ranks=", ranks.size(), " | hosts=", ByHost(ranks).size(),
              " | device=", first.device, " | threads=", first.threads,
              " | launcher=", first.launcher, " | torch=", first.torch_version,
              " | backend=", first.backend, " | lockstep=", first.revision),
          ""};
}

void NoteBusyHosts(const Ranks& ranks, std::vector<Check>& checks) {
  for (const auto& [host, here] : ByHost(ranks)) {
    int threads = 0;
    std::set<int> cores;
    for (const RankFacts* rank : here) {
      threads += rank->threads;
      cores.insert(rank->cores.begin(), rank->cores.end());
    }
    if (cores.empty() || threads <= static_cast<int>(cores.size())) continue;
    checks.push_back({CheckOutcome::kNote, "cores",
                      absl::StrCat("host ", host, " has ", cores.size(),
                                   " usable cores for ", threads,
                                   " threads of ", here.size(),
                                   " ranks, which wait for each other; fewer "
                                   "ranks or --threads"),
                      ""});
  }
}

void NoteThreads(const Ranks& ranks, std::vector<Check>& checks) {
  for (size_t r = 1; r < ranks.size(); ++r) {
    if (ranks[r].threads == ranks[0].threads) continue;
    checks.push_back(
        {CheckOutcome::kNote, "threads",
         absl::StrCat("rank ", r, " computes with ", ranks[r].threads,
                      " threads, rank 0 with ", ranks[0].threads,
                      "; --threads makes them equal"),
         ""});
    return;
  }
}

void NoteCpus(const Ranks& ranks, std::vector<Check>& checks) {
  if (AllEqual(ranks, &RankFacts::cpu)) return;
  checks.push_back(
      {CheckOutcome::kNote, "CPUs",
       absl::StrCat(ByValue(ranks, &RankFacts::cpu),
                    "; the slowest sets the pace, and other instruction sets "
                    "may round otherwise: do not expect the bits of a run on "
                    "equal hosts"),
       ""});
}

void NoteCongestionControl(const Ranks& ranks, std::vector<Check>& checks) {
  if (ByHost(ranks).size() < 2) return;
  checks.push_back({CheckOutcome::kNote, "congestion control",
                    absl::StrCat(ByValue(ranks, &RankFacts::congestion),
                                 "; it changes bandwidths: name it in reports"),
                    ""});
}

}  // namespace

RankFacts FactsOfThisRank(const LaunchInfo& launch) {
  RankFacts facts;
  facts.host = ThisRankPlace(launch, GitRevision()).host;
  facts.launcher = launch.launcher;
  facts.revision = GitRevision();
  facts.cpu = CpuName();
  facts.cores = UsableCoreNumbers();
  const auto congestion = ReadFile(kCongestionFile);
  if (congestion.ok())
    facts.congestion = std::string(absl::StripAsciiWhitespace(*congestion));
  return facts;
}

std::string EncodeRankFacts(const RankFacts& facts) {
  std::string text;
  for (const auto field : kTexts) absl::StrAppend(&text, facts.*field, "\n");
  return absl::StrCat(text, facts.threads, "\n",
                      absl::StrJoin(facts.cores, ","));
}

absl::StatusOr<RankFacts> DecodeRankFacts(const std::string& text) {
  const absl::Status strange =
      absl::DataLossError("a rank described itself as another build would");
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  const size_t texts = std::size(kTexts);
  RankFacts facts;
  if (lines.size() != texts + 2 ||
      !absl::SimpleAtoi(lines[texts], &facts.threads))
    return strange;
  for (size_t i = 0; i < texts; ++i) facts.*kTexts[i] = lines[i];
  for (absl::string_view word :
       absl::StrSplit(lines[texts + 1], ',', absl::SkipEmpty())) {
    int core = 0;
    if (!absl::SimpleAtoi(word, &core)) return strange;
    facts.cores.insert(core);
  }
  return facts;
}

std::vector<Check> JudgeRanks(const std::vector<RankFacts>& ranks) {
  std::vector<Check> checks = {JudgeEquality(ranks)};
  NoteBusyHosts(ranks, checks);
  NoteThreads(ranks, checks);
  NoteCpus(ranks, checks);
  NoteCongestionControl(ranks, checks);
  return checks;
}

}  // namespace lockstep
