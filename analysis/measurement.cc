#include "analysis/measurement.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <map>

#include "absl/strings/str_cat.h"
#include "analysis/measured_epochs.h"
#include "analysis/sampled_step.h"
#include "report/statistics.h"

namespace lockstep::analysis {
namespace {

// An epoch whose sums may lack its first step.
struct MeasuredEpoch {
  Epoch sums;
  uint32_t steps = 0;  // of the whole epoch
  uint64_t images = 0;
};

bool AreTimes(std::initializer_list<double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) {
    return std::isfinite(value) && value >= 0;
  });
}

// RankEpoch or RankStep.
template <typename Rank>
bool HasTimes(const Rank& rank) {
  return rank.total_s() > 0 &&
         AreTimes({rank.total_s(), rank.data_s(), rank.host_to_device_s(),
                   rank.forward_s(), rank.backward_s(), rank.exposed_comm_s(),
                   rank.optimizer_s()});
}

// Everything that is computed with is a time; nothing else can be sorted.
bool HasTimes(const Epoch& epoch) {
  for (const RankEpoch& rank : epoch.ranks())
    if (!HasTimes(rank) || !AreTimes({rank.busy_comm_s(), rank.peer_wait_s()}))
      return false;
  for (const double step_s : epoch.step_time_s())
    if (step_s <= 0 || !AreTimes({step_s})) return false;
  return AreTimes({epoch.transfer_s_sum()});
}

bool HasTimes(const Step& step) {
  return step.ranks_size() > 0 &&
         std::all_of(step.ranks().begin(), step.ranks().end(),
                     [](const RankStep& rank) { return HasTimes(rank); });
}

bool IsFirstStep(const Step& step) {
  return step.epoch() == 0 && step.step() == 0;
}

const Step* FindFirstStep(const std::vector<Record>& records) {
  for (const Record& record : records)
    if (record.has_step() && IsFirstStep(record.step())) return &record.step();
  return nullptr;
}

void Subtract(const RankStep& step, RankEpoch& rank) {
  rank.set_total_s(rank.total_s() - step.total_s());
  rank.set_data_s(rank.data_s() - step.data_s());
  rank.set_host_to_device_s(rank.host_to_device_s() - step.host_to_device_s());
  rank.set_forward_s(rank.forward_s() - step.forward_s());
  rank.set_backward_s(rank.backward_s() - step.backward_s());
  rank.set_exposed_comm_s(rank.exposed_comm_s() - step.exposed_comm_s());
  rank.set_optimizer_s(rank.optimizer_s() - step.optimizer_s());
}

// Takes the run's first step out of the sums of epoch 0. `first` is that step
// as it was recorded, or null.
absl::Status RemoveFirstStep(const Step* first, Epoch& epoch) {
  if (first == nullptr || epoch.step_time_s_size() < 2)
    return absl::NotFoundError(
        "it measures epoch 0, whose first step holds the set-up and cannot be "
        "taken out here; measure epoch 1");
  const auto shortest = ShortestDurations(*first);
  for (int i = 0; i < epoch.ranks_size(); ++i) {
    RankEpoch& rank = *epoch.mutable_ranks(i);
    const auto step = std::find_if(
        first->ranks().begin(), first->ranks().end(),
        [&](const RankStep& other) { return other.rank() == rank.rank(); });
    if (step == first->ranks().end()) continue;
    const SampledRankStep parts = SampleRankStep(shortest, *step);
    Subtract(*step, rank);
    rank.set_busy_comm_s(rank.busy_comm_s() - parts.busy);
    rank.set_peer_wait_s(rank.peer_wait_s() - parts.peer_wait);
  }
  epoch.set_transfer_s_sum(epoch.transfer_s_sum() - TransferOf(shortest));
  epoch.mutable_step_time_s()->erase(epoch.step_time_s().begin());
  epoch.set_steps(epoch.steps() - 1);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MeasuredEpoch>> FindMeasuredEpochs(
    const std::vector<Record>& records) {
  const Header& header = records[0].header();
  std::vector<MeasuredEpoch> epochs;
  for (const Record& record : records) {
    if (!record.has_epoch()) continue;
    const Epoch& epoch = record.epoch();
    if (!IsMeasured(epoch, header)) continue;
    if (epoch.steps() == 0 || epoch.ranks().empty())
      return absl::NotFoundError(absl::StrCat(
          "epoch ", epoch.epoch(), " has no steps or no times of its ranks"));
    if (!HasTimes(epoch))
      return absl::InvalidArgumentError(
          absl::StrCat("epoch ", epoch.epoch(),
                       " has a time that is negative or not a number"));
    epochs.push_back({epoch, epoch.steps(), epoch.images()});
    if (epoch.epoch() > 0) continue;
    const absl::Status removed =
        RemoveFirstStep(FindFirstStep(records), epochs.back().sums);
    if (!removed.ok()) return removed;
  }
  if (epochs.empty())
    return absl::NotFoundError(absl::StrCat(
        "no whole epoch from epoch ", header.measure_epoch(), " on, with ",
        header.batch_size_per_rank(), " images per rank, can be measured"));
  return epochs;
}

// The longest rank's time, scaled to the whole epoch if a step was taken out.
double EpochSeconds(const MeasuredEpoch& epoch) {
  double longest = 0;
  for (const RankEpoch& rank : epoch.sums.ranks())
    longest = std::max(longest, rank.total_s());
  return longest * epoch.steps / epoch.sums.steps();
}

// Median over ranks of the sums of `field` over all epochs.
double SumOfMedianRank(const std::vector<MeasuredEpoch>& epochs,
                       double (RankEpoch::*field)() const) {
  std::map<uint32_t, double> sums;
  for (const MeasuredEpoch& epoch : epochs)
    for (const RankEpoch& rank : epoch.sums.ranks())
      sums[rank.rank()] += (rank.*field)();
  std::vector<double> values;
  for (const auto& [rank, sum] : sums) values.push_back(sum);
  return Median(std::move(values));
}

StepParts ExactParts(const std::vector<MeasuredEpoch>& epochs) {
  double steps = 0, transfer = 0;
  for (const MeasuredEpoch& epoch : epochs) {
    steps += epoch.sums.steps();
    transfer += epoch.sums.transfer_s_sum();
  }
  const auto per_step = [&](double (RankEpoch::*field)() const) {
    return SumOfMedianRank(epochs, field) / steps;
  };
  StepParts parts;
  parts.total = per_step(&RankEpoch::total_s);
  parts.data = per_step(&RankEpoch::data_s);
  parts.host_to_device = per_step(&RankEpoch::host_to_device_s);
  parts.forward = per_step(&RankEpoch::forward_s);
  parts.backward = per_step(&RankEpoch::backward_s);
  parts.exposed = per_step(&RankEpoch::exposed_comm_s);
  parts.optimizer = per_step(&RankEpoch::optimizer_s);
  parts.busy = per_step(&RankEpoch::busy_comm_s);
  parts.peer_wait = per_step(&RankEpoch::peer_wait_s);
  parts.transfer = transfer / steps;
  return parts;
}

std::vector<StepParts> SampledSteps(const std::vector<Record>& records) {
  const std::set<uint32_t> epochs = MeasuredEpochs(records);
  std::vector<StepParts> sampled;
  for (const Record& record : records) {
    if (!record.has_step()) continue;
    const Step& step = record.step();
    if (IsMeasured(step, epochs) && HasTimes(step))
      sampled.push_back(SampleStep(step));
  }
  return sampled;
}

}  // namespace

absl::StatusOr<Measurement> Measure(const std::vector<Record>& records) {
  const auto epochs = FindMeasuredEpochs(records);
  if (!epochs.ok()) return epochs.status();
  Measurement measurement;
  measurement.steps_per_epoch = epochs->front().steps;
  measurement.images_per_epoch = epochs->front().images;
  std::vector<double> epoch_s;
  for (const MeasuredEpoch& epoch : *epochs) {
    epoch_s.push_back(EpochSeconds(epoch));
    measurement.step_s.insert(measurement.step_s.end(),
                              epoch.sums.step_time_s().begin(),
                              epoch.sums.step_time_s().end());
  }
  if (measurement.step_s.empty())
    return absl::NotFoundError("the measured epochs have no step times");
  measurement.epoch_s = Median(std::move(epoch_s));
  measurement.parts = ExactParts(*epochs);
  measurement.sampled = SampledSteps(records);
  return measurement;
}

}  // namespace lockstep::analysis
