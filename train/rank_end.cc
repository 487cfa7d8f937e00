#include "train/rank_end.h"

#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/cli/exit_code.h"

namespace lockstep {

absl::Status SpokenByRank(const LaunchInfo& launch,
                          const absl::Status& status) {
  if (status.message().empty() || launch.world_size == 1) return status;
  return {status.code(),
          absl::StrCat("rank ", launch.rank, ": ", status.message())};
}

void ExitAtOnce(const absl::Status& status) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", ErrorLine("ddp", status).c_str());
  _exit(ExitCodeFor(status));
}

}  // namespace lockstep
