// Steps at numbers of ranks that were not run, from those that were.
//
//   t_step(P) = s t_0 + exposed(P),   t_0 = t_step(P_r) - exposed(P_r)
//   s = oversubscription(P) / oversubscription(P_r)
//
// P_r is the run with the same batch per rank and the most ranks. exposed() is
// a simulation of its buckets (bucket_schedule.h): each is ready as long before
// the end of the backward pass as was recorded (times s), and takes what
// comm_model.h says at that P. So t_0 is all that the simulation is not about:
// compute, data, optimiser, other, and waiting for peers. It takes s times as
// long where ranks share cores (placement.h); waiting, too, because a rank that
// had its cores early waits for those that get them late. What else of it grows
// with P is not predicted.

#ifndef LOCKSTEP_ANALYSIS_PREDICT_H_
#define LOCKSTEP_ANALYSIS_PREDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/comm_model.h"
#include "analysis/placement.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

// Groups of one workload that exchange alike: those with P > 1, and all with
// P = 1. No twins, no DATA_PARALLEL.
using Cohort = std::vector<const RunGroup*>;

std::vector<Cohort> CohortsOf(const std::vector<RunGroup>& groups);

// `cohort` without its runs on `world_size` ranks.
Cohort Without(const Cohort& cohort, uint32_t world_size);

// The group of the cohort with these ranks and this batch; null without one.
const RunGroup* FindGroup(const Cohort& cohort, uint32_t world_size,
                          uint32_t batch_size_per_rank);

struct Prediction {
  const RunGroup* source = nullptr;  // P_r, whose t_0 it is
  Placement placement;  // of the largest run: where the asked ranks would be
  double stretch = 1;   // s; 1 if the runs do not tell their cores
  Estimate transfer_s;  // of all buckets, hidden or not
  Estimate exposed_s;
  Estimate step_s;
  uint64_t steps = 0;  // of an epoch over the whole data set
  Estimate epoch_s;
};

// What a step of `world_size` ranks with that batch takes, from runs of the
// cohort with another number of ranks. `link`: seconds a byte on another link;
// as fitted without one. Intervals are those of the fit and of the source's
// step, not of the model itself. InvalidArgument: which run is missing.
absl::StatusOr<Prediction> Predict(const Cohort& cohort, uint32_t world_size,
                                   uint32_t batch_size_per_rank,
                                   std::optional<double> link);

// Of steps with the same global batch (strong), or of epochs with the same
// batch per rank, against the run `one` of one rank.
Estimate PredictedSpeedup(const RunGroup& one, const Prediction& predicted,
                          bool is_strong);

// Seconds a byte on a link of `gb_per_s`: as large a share of it as the runs
// reached of the peak that they declare, all of it if they declare none.
// `reached` gets the share.
double OnLink(const Cohort& cohort, const CommModel& model, double gb_per_s,
              double& reached);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_PREDICT_H_
