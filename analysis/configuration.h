// What a run was: the settings that decide which runs are repeats of each other
// and which may be compared.

#ifndef LOCKSTEP_ANALYSIS_CONFIGURATION_H_
#define LOCKSTEP_ANALYSIS_CONFIGURATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/placement.h"
#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// Settings by name, in a fixed order.
using Traits = std::vector<std::pair<std::string, std::string>>;

struct Configuration {
  std::string model;
  Mechanism mechanism = MECHANISM_UNSPECIFIED;
  std::string launcher;
  std::string device;            // name of the GPU or CPU, else "cpu", "cuda"
  std::string threads_per_rank;  // "2"; "1/2" if the ranks differ
  uint32_t world_size = 0;
  uint32_t batch_size_per_rank = 0;
  uint32_t accumulate = 1;  // backward passes of that batch in a step
  uint32_t global_batch_size = 0;
  uint64_t train_images = 0;
  std::string loader_workers;  // threads per rank; "" = not recorded
  std::string tta;             // how test images were judged; "" = not recorded
  std::string twin;            // what was left out; "none" = nothing
  Provenance provenance = MEASURED;
  uint64_t gradient_bytes = 0;    // per step and rank
  double link_peak_gb_per_s = 0;  // 0 = not declared
  Placement placement;

  // Must be equal in two runs that are compared: model, device, precision,
  // threads, data, twin, mechanism. SINGLE counts as DDP with one rank; it is
  // also what DATA_PARALLEL is compared with (speedup.h).
  Traits workload;
  // What decides, besides the workload, what a run learns: learning rate,
  // schedule, momentum. Runs that differ in it take the same time.
  Traits learning;
  // What else makes a run another configuration: launcher, backend, buckets,
  // overlap.
  Traits setup;
};

// Names of traits that comparisons look for, and a value.
inline constexpr char kTwinTrait[] = "twin";
inline constexpr char kOverlapTrait[] = "overlap";
inline constexpr char kMechanismTrait[] = "mechanism";
inline constexpr char kWorkersTrait[] = "num_workers";
inline constexpr char kOptimizerTrait[] = "optimizer";
inline constexpr char kLabelTrait[] = "label";
inline constexpr char kNoTwin[] = "none";

// The value of the trait with this name; "" without one.
std::string TraitValue(const Traits& traits, const std::string& name);

Configuration ConfigurationOf(const Header& header);

// Sorts by workload, ranks and batch, twins last; neither is less for repeats
// of one configuration.
bool operator<(const Configuration& a, const Configuration& b);

// `traits` with another value of the one named `name`.
Traits With(Traits traits, const std::string& name, const std::string& value);

// "threads per rank: 2 there, 1 here; ..." for each trait that differs; "" for
// equal traits. `there` and `here` have the same names in the same order.
std::string Differences(const Traits& there, const Traits& here);

// "single", "ddp", "data_parallel".
std::string MechanismName(Mechanism mechanism);

// True if something was left out on purpose: never a normal run.
bool IsTwin(const Configuration& configuration);

// True if gradients travel between ranks.
bool Communicates(const Configuration& configuration);

// `images` of one rank and step as --batch_size and --accumulate make them:
// "128", "3 x 128".
std::string BatchText(uint32_t images, uint32_t accumulate);

// "P = 2, batch 128"; "data_parallel, P = 2, batch 128" for that mechanism.
std::string RanksAndBatch(const Configuration& configuration);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_CONFIGURATION_H_
