// What a fuzzer feeds with bytes: an environment, a line NAME=VALUE each, is
// refused, or a rank of it is one of the run's.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "train/launch/launch.h"
#include "train/launch/rank_place.h"

namespace {

using namespace lockstep;

std::map<std::string, std::string> Variables(absl::string_view text) {
  std::map<std::string, std::string> variables;
  for (const absl::string_view line : absl::StrSplit(text, '\n'))
    variables.insert(absl::StrSplit(line, absl::MaxSplits('=', 1)));
  return variables;
}

void Expect(bool holds) {
  if (!holds) std::abort();
}

void Check(const LaunchInfo& launch) {
  Expect(launch.rank >= 0 && launch.rank < launch.world_size);
  Expect(launch.local_rank >= 0 && launch.local_rank < launch.local_world_size);
  Expect(launch.local_world_size <= launch.world_size);
  Expect(launch.master_port >= 0 && launch.master_port <= 65535);
  Expect(launch.hosts.size() == launch.tasks_on_host.size());
  // Nobody has come: the longest message. More ranks only take more time.
  if (launch.world_size <= 1000)
    DescribeMissing(launch,
                    std::vector<std::optional<RankPlace>>(launch.world_size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto variables = Variables({reinterpret_cast<const char*>(data), size});
  const Environment environment =
      [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  const auto launch = DetectLaunch(environment);
  if (launch.ok()) Check(*launch);
  return 0;
}
