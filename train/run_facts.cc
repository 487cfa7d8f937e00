#include "train/run_facts.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "proto/run_record.pb.h"
#include "tools/cli/machine.h"

namespace lockstep {
namespace {

std::string HostName() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return name;
}

Rank ParsedRank(const std::string& bytes) {
  Rank rank;
  rank.ParseFromString(bytes);
  return rank;
}

}  // namespace

std::string DescribeThisRank(const LaunchInfo& launch, int threads,
                             ClockOffset clock, const RankDevice& device) {
  Rank rank;
  rank.set_rank(launch.rank);
  rank.set_local_rank(launch.local_rank);
  rank.set_host(HostName());
  const bool cpu = device.device.empty();
  rank.set_device(cpu ? "cpu" : device.device);
  rank.set_device_name(cpu ? CpuName() : device.name);
  rank.set_threads(threads);
  rank.set_clock_offset_ns(clock.offset_ns);
  rank.set_clock_error_ns(clock.error_ns);
  rank.set_pid(getpid());
  rank.set_cores(UsableCores());
  rank.set_machine(MachineId());
  return rank.SerializeAsString();
}

std::vector<std::string> RankNames(const std::vector<std::string>& ranks) {
  std::vector<std::string> names;
  for (const std::string& bytes : ranks) {
    const Rank rank = ParsedRank(bytes);
    names.push_back(absl::StrCat("rank ", rank.rank(), " (", rank.host(), ")"));
  }
  return names;
}

std::vector<ClockOffset> RankClocks(const std::vector<std::string>& ranks) {
  std::vector<ClockOffset> clocks;
  for (const std::string& bytes : ranks) {
    const Rank rank = ParsedRank(bytes);
    clocks.push_back({rank.clock_offset_ns(), rank.clock_error_ns()});
  }
  return clocks;
}

}  // namespace lockstep
