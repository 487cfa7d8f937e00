#include "analysis/findings/claims.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

bool IsSameReport(const ReportedRow& a, const ReportedRow& b) {
  return a.label == b.label && a.model == b.model;
}

// True if the ranks of `b` share the global batch of `a`, in whole images.
bool IsSameGlobalBatch(const ReportedRow& a, const ReportedRow& b) {
  if (!a.batch_size_per_rank || !b.batch_size_per_rank) return false;
  const uint64_t global = *a.world_size * *a.batch_size_per_rank;
  const uint64_t share = global / *b.world_size;
  return *b.batch_size_per_rank == share ||
         (global % *b.world_size > 0 && *b.batch_size_per_rank == share + 1);
}

// One rank has no mechanism: "single" and "ddp" are the same.
bool IsSameMechanism(const ReportedRow& a, const ReportedRow& b) {
  return a.world_size == 1u || b.world_size == 1u || a.mechanism == b.mechanism;
}

bool IsSameConfiguration(const ReportedRow& a, const ReportedRow& b) {
  return a.world_size == b.world_size &&
         a.batch_size_per_rank == b.batch_size_per_rank && a.epoch == b.epoch &&
         IsSameReport(a, b) && IsSameMechanism(a, b);
}

// Of repeats: from the shortest to the longest.
Quantity Hull(const Quantity& a, const Quantity& b) {
  return {a.value, std::min(a.low, b.low), std::max(a.high, b.high)};
}

// The time of a timed row, with the bounds of its repeats.
Quantity TimeOfRepeats(const ReportedTable& table, const ReportedRow& timed) {
  Quantity time = *timed.epoch_time_s;
  for (const ReportedRow& row : table.rows)
    if (row.epoch_time_s && IsSameConfiguration(row, timed))
      time = Hull(time, *row.epoch_time_s);
  return time;
}

double ImagesRatio(const ReportedRow& row, const ReportedRow& baseline) {
  if (!row.train_images || !baseline.train_images) return 1;
  return 1.0 * *row.train_images / *baseline.train_images;
}

SpeedupForm FormOf(const ReportedRow& baseline, const Quantity& baseline_s,
                   const ReportedRow& row, const Quantity& row_s) {
  const Quantity value = baseline_s / row_s;
  const double images = ImagesRatio(row, baseline);
  return {&baseline,
          value,
          images * value,
          IsSameGlobalBatch(baseline, row),
          baseline.batch_size_per_rank == row.batch_size_per_rank,
          images == 1};
}

}  // namespace

const ReportedRow* FindTimed(const ReportedTable& table,
                             const ReportedRow& like, uint64_t world_size,
                             uint64_t batch_size_per_rank) {
  const ReportedRow* found = nullptr;
  for (const ReportedRow& row : table.rows) {
    if (row.world_size != world_size || !row.epoch_time_s ||
        row.batch_size_per_rank != batch_size_per_rank ||
        !IsSameReport(row, like))
      continue;
    if (IsSameMechanism(row, like)) return &row;
    if (found == nullptr) found = &row;
  }
  return found;
}

std::optional<Quantity> EpochTimeOf(const ReportedTable& table,
                                    const ReportedRow& row) {
  if (row.epoch_time_s) return TimeOfRepeats(table, row);
  if (!row.world_size || !row.batch_size_per_rank) return std::nullopt;
  const ReportedRow* const timed =
      FindTimed(table, row, *row.world_size, *row.batch_size_per_rank);
  if (timed == nullptr) return std::nullopt;
  return TimeOfRepeats(table, *timed);
}

const ReportedRow* OneRank(const ReportedTable& table, const ReportedRow& row) {
  if (!row.batch_size_per_rank) return nullptr;
  return FindTimed(table, row, 1, *row.batch_size_per_rank);
}

std::optional<Quantity> ApparentOverhead(const ReportedTable& table,
                                         const ReportedRow& row) {
  const ReportedRow* const one = OneRank(table, row);
  const std::optional<Quantity> time = EpochTimeOf(table, row);
  if (one == nullptr || !time || row.world_size.value_or(1) < 2 ||
      HasUnknownSteps(table, row))
    return std::nullopt;
  return *time - ImagesRatio(row, *one) / *row.world_size * *one->epoch_time_s;
}

std::optional<Quantity> CommunicationTime(const ReportedTable& table,
                                          const ReportedRow& row) {
  return row.comm_time_s ? row.comm_time_s : ApparentOverhead(table, row);
}

double RingFactor(uint64_t world_size) { return BusBandwidth(1, world_size); }

std::optional<Quantity> CorrectedBandwidth(const ReportedTable& table,
                                           const ReportedRow& row) {
  const std::optional<Quantity> seconds = CommunicationTime(table, row);
  if (row.world_size.value_or(1) < 2 || row.mechanism == "data_parallel" ||
      !row.steps || !row.gradient_bytes || !seconds || seconds->value <= 0 ||
      HasUnknownSteps(table, row))
    return std::nullopt;
  const double gigabytes = 1e-9 * *row.gradient_bytes * *row.steps;
  return Exact(gigabytes * RingFactor(*row.world_size)) / *seconds;
}

std::optional<Quantity> LinkPeak(const Evidence& evidence,
                                 const ReportedRow& row) {
  if (row.link_peak_gb_per_s) return row.link_peak_gb_per_s;
  if (evidence.link_peak_gb_per_s > 0)
    return Exact(evidence.link_peak_gb_per_s);
  if (!row.bandwidth_gb_per_s || !row.utilization_percent ||
      row.utilization_percent->low <= 0)
    return std::nullopt;
  return 100 * (*row.bandwidth_gb_per_s / *row.utilization_percent);
}

std::vector<SpeedupForm> SpeedupForms(const ReportedTable& table,
                                      const ReportedRow& row) {
  const std::optional<Quantity> time = EpochTimeOf(table, row);
  if (!time || !row.world_size) return {};
  using Key = std::tuple<uint64_t, std::optional<uint64_t>,
                         std::optional<uint64_t>, std::string>;
  std::map<Key, size_t> places;
  std::vector<std::pair<const ReportedRow*, Quantity>> baselines;
  for (const ReportedRow& other : table.rows) {
    if (!other.epoch_time_s || !other.world_size ||
        *other.world_size >= *row.world_size || !IsSameReport(other, row) ||
        !IsSameMechanism(other, row))
      continue;
    const Key key = {*other.world_size, other.batch_size_per_rank, other.epoch,
                     other.mechanism};
    const auto [place, is_new] = places.emplace(key, baselines.size());
    if (is_new)
      baselines.push_back({&other, *other.epoch_time_s});
    else
      baselines[place->second].second =
          Hull(baselines[place->second].second, *other.epoch_time_s);
  }
  std::vector<SpeedupForm> forms;
  for (const auto& [baseline, seconds] : baselines)
    forms.push_back(FormOf(*baseline, seconds, row, *time));
  return forms;
}

std::optional<Quantity> WeakEfficiency(const ReportedRow& row,
                                       const SpeedupForm& form) {
  if (!row.steps || !form.baseline->steps ||
      form.baseline->world_size == row.world_size)
    return std::nullopt;
  return 1.0 * *row.steps / *form.baseline->steps * form.value;
}

bool IsWeak(const ReportedRow& row) {
  return absl::StrContains(absl::AsciiStrToLower(row.scaling_label), "weak");
}

bool HasUnknownSteps(const ReportedTable& table, const ReportedRow& row) {
  // Between the 1 of growing data and the P of a fixed data set.
  constexpr double kNoFaster = 1.1;
  if (!IsWeak(row) || !row.train_images_assumed || !row.steps_computed)
    return false;
  for (const SpeedupForm& form : SpeedupForms(table, row))
    if (form.same_batch_per_rank && form.value.value < kNoFaster) return true;
  return false;
}

std::string RanksAndBatch(const ReportedRow& row) {
  const std::string ranks = absl::StrCat("P = ", row.world_size.value_or(0));
  return row.batch_size_per_rank
             ? absl::StrCat(ranks, ", batch ", *row.batch_size_per_rank)
             : ranks;
}

std::string Short(double value) {
  const bool is_long = std::abs(value) >= 1000 && std::abs(value) < 1e9;
  return is_long ? absl::StrFormat("%.0f", value)
                 : absl::StrFormat("%.4g", value);
}

std::string Short(const Quantity& quantity) { return Short(quantity.value); }

CellName CellOf(const ReportedRow& row, const std::string& column) {
  return {row.source, column};
}

}  // namespace lockstep::analysis
