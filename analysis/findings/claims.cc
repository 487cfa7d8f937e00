#include "analysis/findings/claims.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::analysis {
namespace {

bool IsSameReport(const ReportedRow& a, const ReportedRow& b) {
  return a.label == b.label && a.model == b.model;
}

bool IsSameGlobalBatch(const ReportedRow& a, const ReportedRow& b) {
  return a.batch_size_per_rank && b.batch_size_per_rank &&
         *a.world_size * *a.batch_size_per_rank ==
             *b.world_size * *b.batch_size_per_rank;
}

}  // namespace

const ReportedRow* FindTimed(const ReportedTable& table,
                             const ReportedRow& like, uint64_t world_size,
                             uint64_t batch_size_per_rank) {
  for (const ReportedRow& row : table.rows)
    if (IsSameReport(row, like) && row.world_size == world_size &&
        row.batch_size_per_rank == batch_size_per_rank && row.epoch_time_s)
      return &row;
  return nullptr;
}

std::optional<Quantity> EpochTimeOf(const ReportedTable& table,
                                    const ReportedRow& row) {
  if (row.epoch_time_s || !row.world_size || !row.batch_size_per_rank)
    return row.epoch_time_s;
  const ReportedRow* const timed =
      FindTimed(table, row, *row.world_size, *row.batch_size_per_rank);
  if (timed == nullptr) return std::nullopt;
  return timed->epoch_time_s;
}

const ReportedRow* OneRank(const ReportedTable& table, const ReportedRow& row) {
  if (!row.batch_size_per_rank) return nullptr;
  return FindTimed(table, row, 1, *row.batch_size_per_rank);
}

std::optional<Quantity> ApparentOverhead(const ReportedTable& table,
                                         const ReportedRow& row) {
  const ReportedRow* const one = OneRank(table, row);
  const std::optional<Quantity> time = EpochTimeOf(table, row);
  if (one == nullptr || !time || row.world_size.value_or(1) < 2)
    return std::nullopt;
  return *time - *one->epoch_time_s / Exact(*row.world_size);
}

std::optional<Quantity> CommunicationTime(const ReportedTable& table,
                                          const ReportedRow& row) {
  return row.comm_time_s ? row.comm_time_s : ApparentOverhead(table, row);
}

double RingFactor(uint64_t world_size) {
  return 2.0 * (world_size - 1) / world_size;
}

std::optional<Quantity> CorrectedBandwidth(const ReportedTable& table,
                                           const ReportedRow& row) {
  const std::optional<Quantity> seconds = CommunicationTime(table, row);
  if (row.world_size.value_or(1) < 2 || row.mechanism == "data_parallel" ||
      !row.steps || !row.gradient_bytes || !seconds || seconds->value <= 0)
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
  std::vector<SpeedupForm> forms;
  const std::optional<Quantity> time = EpochTimeOf(table, row);
  if (!time || !row.world_size) return forms;
  for (const ReportedRow& other : table.rows) {
    if (!IsSameReport(other, row) || !other.epoch_time_s || !other.world_size ||
        *other.world_size >= *row.world_size)
      continue;
    forms.push_back({&other, *other.epoch_time_s / *time,
                     IsSameGlobalBatch(other, row),
                     other.batch_size_per_rank == row.batch_size_per_rank});
  }
  return forms;
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
