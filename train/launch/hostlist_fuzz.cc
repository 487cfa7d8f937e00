// What a fuzzer feeds with bytes: one-line texts that others write (Slurm's
// packed lists, the rendezvous file, a rank's place in the store) are refused,
// or are within their limits and the same when written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "train/launch/hostlist.h"
#include "train/launch/meeting_place.h"
#include "train/launch/rank_place.h"

namespace {

using namespace lockstep;

void Expect(bool holds) {
  if (!holds) std::abort();
}

void FeedLists(absl::string_view text) {
  const auto hosts = ExpandHostList(text);
  if (hosts.ok()) {
    Expect(hosts->size() <= kMaxHosts);
    for (const std::string& host : *hosts)
      Expect(!host.empty() && host.size() <= kMaxHostName);
  }
  const auto counts = ExpandTaskCounts(text);
  if (counts.ok()) Expect(counts->size() <= kMaxHosts);
}

void FeedPlaces(absl::string_view text) {
  const auto meeting = DecodeMeetingPlace(text);
  if (meeting.ok()) {
    const auto again = DecodeMeetingPlace(EncodeMeetingPlace(*meeting));
    Expect(again.ok() && again->address == meeting->address);
    Expect(again->port == meeting->port && again->nonce == meeting->nonce);
  }
  const auto rank = DecodeRankPlace(text);
  if (rank.ok()) {
    const auto again = DecodeRankPlace(EncodeRankPlace(*rank));
    Expect(again.ok() && again->host == rank->host && again->pid == rank->pid);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  FeedLists(text);
  FeedPlaces(text);
  return 0;
}
