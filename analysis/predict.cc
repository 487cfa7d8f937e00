#include "analysis/predict.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "analysis/bucket_schedule.h"
#include "analysis/laws/alpha_beta.h"
#include "analysis/metrics.h"
#include "analysis/scaling_runs.h"

namespace lockstep::analysis {
namespace {

bool MayPredict(const RunGroup& group) {
  const Configuration& c = group.configuration;
  return !IsTwin(c) && (c.mechanism == SINGLE || c.mechanism == DDP) &&
         c.world_size > 0 && c.batch_size_per_rank > 0;
}

bool Alike(const RunGroup& a, const RunGroup& b) {
  return a.configuration.workload == b.configuration.workload &&
         ExchangeOf(a.configuration) == ExchangeOf(b.configuration);
}

// A bucket, and how long before the end of the backward pass it was ready.
struct BucketShape {
  double bytes = 0;
  double lead_s = 0;
};

// Nothing is sent before the backward pass ends if overlap is off.
std::vector<BucketShape> ShapesOf(const RunGroup& group, double lead_scale) {
  std::vector<BucketShape> shapes;
  if (TraitValue(group.configuration.setup, kOverlapTrait) == "off")
    lead_scale = 0;
  for (size_t i = 0; i < group.runs[0].buckets.size(); ++i) {
    std::vector<double> leads;
    for (const Run& run : group.runs)
      if (i < run.buckets.size())
        leads.push_back(Median(run.buckets[i].lead_s));
    shapes.push_back({static_cast<double>(group.runs[0].buckets[i].bytes),
                      lead_scale * Median(leads)});
  }
  return shapes;
}

double BackwardOf(const RunGroup& group) {
  std::vector<double> times;
  for (const Run& run : group.runs)
    times.push_back(run.measurement.parts.backward);
  return Median(times);
}

bool HasBuckets(const RunGroup& group) {
  return !group.runs[0].buckets.empty();
}

// `source`'s own buckets, else those of the run with the closest batch, scaled
// as the backward pass is.
std::vector<BucketShape> BucketsFor(const RunGroup& source,
                                    const Cohort& cohort) {
  const auto distance = [&](const RunGroup* group) {
    return std::abs(int64_t{group->configuration.batch_size_per_rank} -
                    int64_t{source.configuration.batch_size_per_rank});
  };
  const RunGroup* closest = HasBuckets(source) ? &source : nullptr;
  for (const RunGroup* group : cohort)
    if (HasBuckets(*group) &&
        (closest == nullptr || distance(group) < distance(closest)))
      closest = group;
  if (closest == nullptr) return {};
  const double own = BackwardOf(*closest);
  return ShapesOf(*closest, own > 0 ? BackwardOf(source) / own : 1);
}

double ExposedAt(uint32_t world_size, const std::vector<BucketShape>& shapes,
                 double alpha_s, double seconds_per_byte) {
  if (world_size < 2) return 0;
  std::vector<ScheduledBucket> buckets;
  for (const BucketShape& shape : shapes)
    buckets.push_back(
        {shape.lead_s,
         AllReduceSeconds(world_size, shape.bytes, alpha_s, seconds_per_byte)});
  return ExposedOf(buckets);
}

Estimate ExposedAt(uint32_t world_size, const std::vector<BucketShape>& shapes,
                   const CommModel& model) {
  return Apply(
      [&](double alpha_s, double seconds_per_byte) {
        return ExposedAt(world_size, shapes, alpha_s, seconds_per_byte);
      },
      model.alpha_s, model.seconds_per_byte);
}

Estimate TransferAt(uint32_t world_size, const std::vector<BucketShape>& shapes,
                    const CommModel& model) {
  return Apply(
      [&](double alpha_s, double seconds_per_byte) {
        double sum = 0;
        for (const BucketShape& shape : shapes)
          sum += AllReduceSeconds(world_size, shape.bytes, alpha_s,
                                  seconds_per_byte);
        return sum;
      },
      model.alpha_s, model.seconds_per_byte);
}

// Where ranks run is where those of the largest run do: one rank cannot tell.
Placement PlacementIn(const Cohort& cohort) {
  return (*std::max_element(cohort.begin(), cohort.end(),
                            [](const RunGroup* a, const RunGroup* b) {
                              return a->configuration.world_size <
                                     b->configuration.world_size;
                            }))
      ->configuration.placement;
}

std::vector<BucketShape> Stretched(std::vector<BucketShape> shapes,
                                   double scale) {
  for (BucketShape& shape : shapes) shape.lead_s *= scale;
  return shapes;
}

const RunGroup* SourceFor(const Cohort& others, uint32_t batch) {
  const RunGroup* source = nullptr;
  for (const RunGroup* group : others)
    if (group->configuration.batch_size_per_rank == batch &&
        (source == nullptr ||
         group->configuration.world_size > source->configuration.world_size))
      source = group;
  return source;
}

// Of an epoch over all images; the last one may be smaller.
uint64_t StepsOf(const Configuration& c, uint32_t world_size) {
  const uint64_t images =
      uint64_t{world_size} * c.batch_size_per_rank * std::max(1u, c.accumulate);
  const uint64_t whole = c.train_images / images;
  const bool drops = TraitValue(c.workload, "last batch") == "drop";
  return drops || c.train_images % images == 0 ? whole : whole + 1;
}

// What an epoch takes longer than its steps at their median.
double EpochFactor(const RunGroup& source) {
  const Measurement& m = source.runs[0].measurement;
  const double steps_s = m.steps_per_epoch * Median(m.step_s);
  return steps_s > 0 ? m.epoch_s / steps_s : 1;
}

// On another link the bytes take another time, known exactly.
CommModel Relinked(CommModel model, std::optional<double> link) {
  if (!link) return model;
  model.seconds_per_byte.value = *link;
  for (double& replicate : model.seconds_per_byte.replicates) replicate = *link;
  return model;
}

double Sum(double a, double b) { return a + b; }

}  // namespace

std::vector<Cohort> CohortsOf(const std::vector<RunGroup>& groups) {
  std::vector<Cohort> cohorts;
  for (const RunGroup& group : groups) {
    if (!MayPredict(group) || group.configuration.world_size == 1) continue;
    const auto mine = std::find_if(
        cohorts.begin(), cohorts.end(),
        [&](const Cohort& cohort) { return Alike(*cohort[0], group); });
    if (mine == cohorts.end())
      cohorts.push_back({&group});
    else
      mine->push_back(&group);
  }
  for (Cohort& cohort : cohorts) {
    const Traits workload = cohort[0]->configuration.workload;
    for (const RunGroup& group : groups)
      if (MayPredict(group) && group.configuration.world_size == 1 &&
          group.configuration.workload == workload)
        cohort.push_back(&group);
  }
  return cohorts;
}

Cohort Without(const Cohort& cohort, uint32_t world_size) {
  Cohort others;
  for (const RunGroup* group : cohort)
    if (group->configuration.world_size != world_size) others.push_back(group);
  return others;
}

const RunGroup* FindGroup(const Cohort& cohort, uint32_t world_size,
                          uint32_t batch_size_per_rank) {
  for (const RunGroup* group : cohort)
    if (group->configuration.world_size == world_size &&
        group->configuration.batch_size_per_rank == batch_size_per_rank)
      return group;
  return nullptr;
}

absl::StatusOr<Prediction> Predict(const Cohort& cohort, uint32_t world_size,
                                   uint32_t batch_size_per_rank,
                                   std::optional<double> link) {
  const Cohort others = Without(cohort, world_size);
  const auto model = CommModelOf(others);
  if (!model.ok()) return model.status();
  const RunGroup* source = SourceFor(others, batch_size_per_rank);
  if (source == nullptr)
    return absl::InvalidArgumentError(
        absl::StrCat("no run with batch ", batch_size_per_rank,
                     " per rank was recorded; run P = 1 with it"));
  const auto buckets = BucketsFor(*source, others);
  if (buckets.empty())
    return absl::InvalidArgumentError("no run recorded its buckets; run P = 2");
  const Configuration& c = source->configuration;
  Prediction result;
  result.source = source;
  result.placement = PlacementIn(others);
  result.stretch = Oversubscription(result.placement, world_size) /
                   Oversubscription(result.placement, c.world_size);
  const Estimate rest = Apply(
      [&](double step, double exposed) {
        return result.stretch * std::max(0.0, step - exposed);
      },
      StepTime(*source, BestSpread(*source)),
      ExposedAt(c.world_size, buckets, *model));
  const CommModel asked = Relinked(*model, link);
  result.transfer_s = TransferAt(world_size, buckets, asked);
  result.exposed_s =
      ExposedAt(world_size, Stretched(buckets, result.stretch), asked);
  result.step_s = Apply(Sum, rest, result.exposed_s);
  result.steps = StepsOf(c, world_size);
  const double factor = EpochFactor(*source) * result.steps;
  result.epoch_s = Apply([=](double s) { return factor * s; }, result.step_s);
  return result;
}

Estimate PredictedSpeedup(const RunGroup& one, const Prediction& predicted,
                          bool is_strong) {
  const Spread spread = BestSpread(one);
  return is_strong ? Apply(Speedup, StepTime(one, spread), predicted.step_s)
                   : Apply(Speedup, EpochTime(one, spread), predicted.epoch_s);
}

double OnLink(const Cohort& cohort, const CommModel& model, double gb_per_s,
              double& reached) {
  double peak = 0;
  for (const RunGroup* group : cohort)
    peak = std::max(peak, group->configuration.link_peak_gb_per_s);
  const double beta = 1e-9 / model.seconds_per_byte.value;
  reached = peak > 0 && beta > 0 ? std::min(1.0, beta / peak) : 1;
  return 1e-9 / (gb_per_s * reached);
}

}  // namespace lockstep::analysis
