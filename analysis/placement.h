// How the ranks of a run share the cores of their machines.

#ifndef LOCKSTEP_ANALYSIS_PLACEMENT_H_
#define LOCKSTEP_ANALYSIS_PLACEMENT_H_

#include <cstdint>
#include <string>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// Of the machine whose cores have the most to do: all others wait for it.
struct Placement {
  uint32_t ranks = 0;        // that share these cores
  uint32_t threads = 0;      // that compute, of those ranks together
  uint32_t cores = 0;        // 0 = not recorded, or no rank computes on cores
  bool one_machine = false;  // which has all ranks of the run
};

Placement PlacementOf(const Header& header);

// Threads a core when `world_size` ranks are placed like those of `placement`:
// all on its machine if that had all of them, otherwise as many a machine. At
// least 1; 1 if the cores are not known.
double Oversubscription(const Placement& placement, uint32_t world_size);

// "4 / 2": threads and cores of that machine with so many ranks in the run.
std::string PlacementText(const Placement& placement, uint32_t world_size);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_PLACEMENT_H_
