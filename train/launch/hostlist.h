// Slurm's packed lists: host names ("node[001-003,7],login") and counts a host
// ("2(x3),1").
//
// The texts come from the environment, so any text is met: the result is
// limited in entries and bytes, and whatever is not a list is InvalidArgument
// with the offset of the mistake. No torch, no state, any thread.

#ifndef LOCKSTEP_TRAIN_LAUNCH_HOSTLIST_H_
#define LOCKSTEP_TRAIN_LAUNCH_HOSTLIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// Slurm itself stops at 65,533 hosts.
inline constexpr int kMaxHosts = 65536;
// A DNS name has 253 characters at most.
inline constexpr int kMaxHostName = 256;

// The names, in order, repeated ones kept. A name may have several brackets
// ("a[1-2]b[3-4]": the last one counts fastest); a number has at least as many
// digits as its range's first one is written with ("[08-10]": 08 09 10). Space
// around names and numbers is skipped.
absl::StatusOr<std::vector<std::string>> ExpandHostList(absl::string_view text);

// The counts, one a host: "2(x3),1" is 2, 2, 2, 1.
absl::StatusOr<std::vector<int>> ExpandTaskCounts(absl::string_view text);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_HOSTLIST_H_
