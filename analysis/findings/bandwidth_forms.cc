#include "analysis/findings/bandwidth_forms.h"

#include <algorithm>
#include <cmath>

namespace lockstep::analysis {
namespace {

std::vector<BandwidthForm> WrongForms(double steps, double ring,
                                      double world_size) {
  constexpr double kGiB = 1.073741824, kMiB = 1.048576;
  return {
      {"one step's bytes over the epoch's communication", 1 / steps, true},
      {"one step's N / T over the epoch's communication", 1 / (steps * ring),
       true},
      {"one step's 2 N / T over the epoch's communication", 2 / (steps * ring),
       true},
      {"algbw, I N / T, without the ring's 2 (P - 1) / P", 1 / ring},
      {"Gbit/s in a column of GB/s", 8},
      {"MB/s in a column of GB/s", 1000},
      {"GiB/s in a column of GB/s", 1 / kGiB},
      {"MiB/s divided by 1000 in a column of GB/s", 1 / kMiB},
      {"the ring's factor without its division by P, 2 (P - 1)", world_size},
      {"half of the ring's factor, (P - 1) / P", 0.5},
      {"an eighth: bytes were taken for bits", 0.125},
      {"TB/s in a column of GB/s", 0.001},
      {"the inverse of the ring's factor", 1 / (ring * ring)},
  };
}

// Without the last batch, which may have been dropped.
Quantity OfFullSteps(const ReportedRow& row, const Quantity& bandwidth) {
  const double batch = 1.0 * *row.world_size * *row.batch_size_per_rank;
  const double full = std::floor(*row.train_images / batch);
  return std::min(1.0, full / *row.steps) * bandwidth;
}

}  // namespace

BandwidthCheck CheckBandwidth(const ReportedTable& table,
                              const ReportedRow& row) {
  BandwidthCheck check;
  const std::optional<Quantity> right = CorrectedBandwidth(table, row);
  if (!right || !row.bandwidth_gb_per_s) return check;
  check.can_check = true;
  check.right = *right;
  check.is_right =
      Agree(*row.bandwidth_gb_per_s, *right, kSlack) ||
      (row.steps_computed &&
       Agree(*row.bandwidth_gb_per_s, OfFullSteps(row, *right), kSlack));
  if (check.is_right) return check;
  for (const BandwidthForm& form :
       WrongForms(*row.steps, RingFactor(*row.world_size), *row.world_size))
    if (Agree(*row.bandwidth_gb_per_s, form.of_right * *right, kSlack))
      check.forms.push_back(form);
  return check;
}

}  // namespace lockstep::analysis
