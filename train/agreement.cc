#include "train/agreement.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep {
namespace {

struct Vote {
  int code = 0;
  int64_t train_images = 0;
};

// "CODE IMAGES"; what another build sends counts as an internal error.
Vote Decode(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, ' ');
  Vote vote;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &vote.code) ||
      !absl::SimpleAtoi(words[1], &vote.train_images))
    vote.code = static_cast<int>(absl::StatusCode::kInternal);
  return vote;
}

absl::Status OtherData(int64_t images, int64_t first) {
  return absl::FailedPreconditionError(
      absl::StrCat("has ", images, " training images, rank 0 has ", first,
                   "; give all hosts the same --data_path"));
}

}  // namespace

absl::Status AgreeOnInputs(Communicator& comm, const absl::Status& mine,
                           int64_t train_images) {
  const auto votes = comm.AllGather(
      absl::StrCat(static_cast<int>(mine.code()), " ", train_images));
  if (!votes.ok()) return votes.status();
  const int64_t first = Decode((*votes)[0]).train_images;
  for (int r = 0; r < comm.world_size(); ++r) {
    const Vote vote = Decode((*votes)[r]);
    absl::Status verdict(static_cast<absl::StatusCode>(vote.code), "");
    if (r == comm.rank() && !verdict.ok()) verdict = mine;
    if (verdict.ok() && vote.train_images != first) {
      verdict = OtherData(vote.train_images, first);
      if (r != comm.rank()) verdict = {verdict.code(), ""};
    }
    if (!verdict.ok()) return verdict;
  }
  return absl::OkStatus();
}

}  // namespace lockstep
