#include "analysis/placement.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_format.h"

namespace lockstep::analysis {
namespace {

double ThreadsPerCore(const Placement& machine) {
  return static_cast<double>(machine.threads) / machine.cores;
}

uint32_t RanksPerMachine(const Placement& placement, uint32_t world_size) {
  return placement.one_machine ? world_size
                               : std::min(world_size, placement.ranks);
}

double Threads(const Placement& placement, uint32_t ranks) {
  return static_cast<double>(placement.threads) / placement.ranks * ranks;
}

// By Rank::machine. Empty if a rank says nothing of cores or needs none.
std::map<std::string, Placement> Machines(const Header& header) {
  std::map<std::string, Placement> machines;
  for (const Rank& rank : header.ranks()) {
    if (rank.device() != "cpu" || rank.cores() == 0 || rank.machine().empty())
      return {};
    Placement& machine = machines[rank.machine()];
    ++machine.ranks;
    machine.threads += rank.threads();
    machine.cores = rank.cores();
  }
  return machines;
}

}  // namespace

Placement PlacementOf(const Header& header) {
  const auto machines = Machines(header);
  Placement fullest;
  for (const auto& [name, machine] : machines)
    if (fullest.cores == 0 || ThreadsPerCore(machine) > ThreadsPerCore(fullest))
      fullest = machine;
  fullest.one_machine = machines.size() == 1;
  return fullest;
}

double Oversubscription(const Placement& placement, uint32_t world_size) {
  if (placement.cores == 0) return 1;
  const uint32_t ranks = RanksPerMachine(placement, world_size);
  return std::max(1.0, Threads(placement, ranks) / placement.cores);
}

std::string PlacementText(const Placement& placement, uint32_t world_size) {
  const uint32_t ranks = RanksPerMachine(placement, world_size);
  return absl::StrFormat("%.4g / %d", Threads(placement, ranks),
                         placement.cores);
}

}  // namespace lockstep::analysis
