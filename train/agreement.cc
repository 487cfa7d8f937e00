#include "train/agreement.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/cli/exit_code.h"

namespace lockstep {
namespace {

// Flags of one rank's own: who and where it is, and what only rank 0 uses.
constexpr const char* kMayDiffer[] = {
    "data_path",  "interface", "local_rank",     "master_addr", "master_port",
    "output_dir", "rank",      "rendezvous_dir", "threads",     "trace"};

using Flags = std::map<std::string, std::string>;

// One rank's say: "CODE IMAGES\nFLAG=VALUE\n...".
struct Vote {
  int code = 0;
  int64_t train_images = 0;
  Flags flags;
};

std::string Encode(const Vote& vote) {
  std::string text = absl::StrCat(vote.code, " ", vote.train_images);
  for (const auto& [name, value] : vote.flags)
    if (std::find(std::begin(kMayDiffer), std::end(kMayDiffer), name) ==
        std::end(kMayDiffer))
      absl::StrAppend(&text, "\n", name, "=", value);
  return text;
}

// What another build sends counts as an internal error.
Vote Decode(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ');
  Vote vote;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &vote.code) ||
      !absl::SimpleAtoi(words[1], &vote.train_images))
    vote.code = static_cast<int>(absl::StatusCode::kInternal);
  for (size_t i = 1; i < lines.size(); ++i)
    vote.flags.insert(absl::StrSplit(lines[i], absl::MaxSplits('=', 1)));
  return vote;
}

absl::Status OtherData(int64_t images, int64_t first) {
  return absl::FailedPreconditionError(
      absl::StrCat("has ", images, " training images, rank 0 has ", first,
                   "; give all hosts the same --data_path"));
}

// OK, or names the first flag that differs from rank 0's.
absl::Status CompareWithFirst(const Vote& vote, const Vote& first) {
  for (const auto& [name, value] : first.flags) {
    const auto mine = vote.flags.find(name);
    const std::string other = mine == vote.flags.end() ? "" : mine->second;
    if (other != value)
      return absl::FailedPreconditionError(
          absl::StrCat("has --", name, "=", other, ", rank 0 has --", name, "=",
                       value, "; start all ranks with the same flags"));
  }
  return vote.train_images == first.train_images
             ? absl::OkStatus()
             : OtherData(vote.train_images, first.train_images);
}

absl::Status Wordless(const absl::Status& status) {
  return {status.code(), ""};
}

}  // namespace

absl::Status AgreeOnInputs(Communicator& comm, const absl::Status& mine,
                           const InputFacts& facts) {
  const auto votes = comm.AllGather(
      Encode({static_cast<int>(mine.code()), facts.train_images, facts.flags}));
  if (!votes.ok()) return votes.status();
  const Vote first = Decode((*votes)[0]);
  for (int r = 0; r < comm.world_size(); ++r) {
    const bool is_mine = r == comm.rank();
    const Vote vote = Decode((*votes)[r]);
    absl::Status verdict(static_cast<absl::StatusCode>(vote.code), "");
    if (!verdict.ok()) return is_mine ? mine : verdict;
    verdict = CompareWithFirst(vote, first);
    if (!verdict.ok()) return is_mine ? verdict : Wordless(verdict);
  }
  return absl::OkStatus();
}

absl::Status AgreeOnStatus(Communicator& comm, const absl::Status& mine) {
  const auto codes =
      comm.AllGather(absl::StrCat(static_cast<int>(mine.code())));
  if (!codes.ok()) return codes.status();
  if (!mine.ok()) return mine;
  for (int r = 0; r < comm.world_size(); ++r) {
    int code = 0;
    if (!absl::SimpleAtoi((*codes)[r], &code))
      code = static_cast<int>(absl::StatusCode::kInternal);
    const absl::Status theirs(static_cast<absl::StatusCode>(code), "");
    if (theirs.ok()) continue;
    if (ExitCodeFor(theirs) == kExitUsage) return theirs;
    return absl::UnavailableError(absl::StrCat("rank ", r, " failed"));
  }
  return absl::OkStatus();
}

}  // namespace lockstep
