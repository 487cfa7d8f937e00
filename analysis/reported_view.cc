#include "analysis/reported_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/laws/karp_flatt.h"

namespace lockstep::analysis {
namespace {

constexpr int kDigits = 4;

using Cells = std::vector<Cell>;

Cell Words(const std::string& text) {
  return text.empty() ? Missing() : Text(text);
}

Cell CountOf(const std::optional<uint64_t>& count) {
  return count ? Count(*count) : Missing();
}

Cell Computed(const std::optional<Quantity>& quantity, double scale = 1) {
  return quantity && std::isfinite(quantity->value)
             ? Number(scale * quantity->value, kDigits)
             : Missing();
}

// With as many decimals as were printed.
Cell AsPrinted(const std::optional<Quantity>& quantity) {
  if (!quantity) return Missing();
  const double unit = quantity->high - quantity->low;
  const int decimals =
      unit > 0 ? std::clamp<int>(std::lround(-std::log10(unit)), 0, 12) : 0;
  return Decimal(quantity->value, decimals);
}

Cells Label(const ReportedRow& row) {
  return {Text(row.source), Words(row.label), CountOf(row.world_size),
          CountOf(row.batch_size_per_rank)};
}

std::vector<Column> LabelColumns() {
  return {{"row", ""}, {"label", ""}, {"P", ""}, {"batch/rank", ""}};
}

void Append(Cells cells, Cells& row) {
  for (Cell& cell : cells) row.push_back(std::move(cell));
}

bool HasBandwidth(const ReportedTable& table, const ReportedRow& row) {
  return row.comm_time_s || row.bandwidth_gb_per_s || row.utilization_percent ||
         ApparentOverhead(table, row);
}

Cells BandwidthRow(const Evidence& evidence, const ReportedTable& table,
                   const ReportedRow& row) {
  const std::optional<Quantity> right = CorrectedBandwidth(table, row);
  const std::optional<Quantity> peak = LinkPeak(evidence, row);
  std::optional<Quantity> utilisation;
  if (right && peak && peak->value > 0) utilisation = 100 * (*right / *peak);
  Cells cells = Label(row);
  Append({CountOf(row.steps), AsPrinted(row.comm_time_s),
          Computed(ApparentOverhead(table, row)),
          AsPrinted(row.bandwidth_gb_per_s), Computed(right),
          AsPrinted(row.utilization_percent), AsPrinted(row.link_peak_gb_per_s),
          Computed(utilisation)},
         cells);
  return cells;
}

// The form from one rank of this kind; null without.
const SpeedupForm* FromOneRank(const std::vector<SpeedupForm>& forms,
                               bool SpeedupForm::*kind) {
  for (const SpeedupForm& form : forms)
    if (*form.baseline->world_size == 1 && form.*kind) return &form;
  return nullptr;
}

Cell SpeedupCell(const SpeedupForm* form) {
  return form == nullptr ? Missing() : Computed(form->throughput);
}

Cell WeakEfficiencyCell(const ReportedRow& row, const SpeedupForm* form) {
  return form == nullptr ? Missing()
                         : Computed(WeakEfficiency(row, *form), 100);
}

// Of the strong speedup if there is one, else of the throughput.
Cell KarpFlattCell(const ReportedRow& row, const SpeedupForm* strong,
                   const SpeedupForm* throughput) {
  const SpeedupForm* const form = strong != nullptr ? strong : throughput;
  if (form == nullptr || *row.world_size < 2) return Missing();
  return Number(KarpFlatt(form->throughput.value, *row.world_size), kDigits);
}

Cells SpeedupRow(const ReportedTable& table, const ReportedRow& row) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  const SpeedupForm* const strong =
      FromOneRank(forms, &SpeedupForm::same_global_batch);
  const SpeedupForm* const throughput =
      FromOneRank(forms, &SpeedupForm::same_batch_per_rank);
  Cells cells = Label(row);
  Append({AsPrinted(row.epoch_time_s), AsPrinted(row.speedup),
          CountOf(row.baseline_world_size), Words(row.scaling_label),
          AsPrinted(row.efficiency_percent), SpeedupCell(strong),
          SpeedupCell(throughput),
          throughput == nullptr
              ? Missing()
              : Computed(throughput->throughput, 100.0 / *row.world_size),
          WeakEfficiencyCell(row, throughput),
          KarpFlattCell(row, strong, throughput)},
         cells);
  return cells;
}

bool HasSpeedup(const ReportedTable& table, const ReportedRow& row) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  return row.world_size.value_or(1) > 1 &&
         (row.speedup || row.efficiency_percent || !row.scaling_label.empty() ||
          FromOneRank(forms, &SpeedupForm::same_global_batch) != nullptr ||
          FromOneRank(forms, &SpeedupForm::same_batch_per_rank) != nullptr);
}

std::vector<Column> With(std::vector<Column> columns) {
  std::vector<Column> all = LabelColumns();
  all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

}  // namespace

Table ReportedBandwidthTable(const Evidence& evidence) {
  Table table;
  table.name = "reported_bandwidth";
  table.title = "Reported communication, corrected";
  table.caption =
      "Columns named as in a reported CSV are as printed. Apparent overhead = "
      "T_P - T_1 / P; corrected bandwidth = steps x 2(P-1)/P x gradient bytes "
      "/ "
      "comm_time_s (or apparent overhead); corrected utilisation = that / "
      "link_peak_gb_per_s (or the peak that the printed utilisation implies).";
  table.columns = With({{"steps", ""},
                        {"comm_time_s", ""},
                        {"apparent overhead", "s"},
                        {"bandwidth_gb_per_s", ""},
                        {"corrected bandwidth", "GB/s"},
                        {"utilization_percent", ""},
                        {"link_peak_gb_per_s", ""},
                        {"corrected utilisation", "%"}});
  ForEachRow(evidence, [&](const ReportedTable& from, const ReportedRow& row) {
    if (HasBandwidth(from, row))
      table.rows.push_back(BandwidthRow(evidence, from, row));
  });
  return table;
}

Table ReportedSpeedupTable(const Evidence& evidence) {
  Table table;
  table.name = "reported_speedup";
  table.title = "Reported speedup, corrected";
  table.caption =
      "Columns named as in a reported CSV are as printed; the others follow "
      "from the table's own times against one rank: strong = same global "
      "batch; "
      "throughput = same batch per rank, same data set; efficiency = "
      "throughput "
      "/ P; weak efficiency = t_step(1, b) / t_step(P, b); Karp-Flatt = (1/S - "
      "1/P) / (1 - 1/P) of the strong speedup, else of the throughput.";
  table.columns = With({{"epoch_time_s", ""},
                        {"speedup", ""},
                        {"baseline_world_size", ""},
                        {"scaling_label", ""},
                        {"efficiency_percent", ""},
                        {"strong", ""},
                        {"throughput", ""},
                        {"efficiency", "%"},
                        {"weak efficiency", "%"},
                        {"Karp-Flatt", ""}});
  ForEachRow(evidence, [&](const ReportedTable& from, const ReportedRow& row) {
    if (HasSpeedup(from, row)) table.rows.push_back(SpeedupRow(from, row));
  });
  return table;
}

}  // namespace lockstep::analysis
