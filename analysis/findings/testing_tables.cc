#include "analysis/findings/testing_tables.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep::analysis {
namespace {

// The world that a table is measured in.
struct Truth {
  explicit Truth(int seed) : random(seed) {}

  double Between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }

  std::mt19937 random;
  const double bytes = 44695848, images = 50000;
  const double image_s = Between(1e-4, 2e-3);   // computing an image
  const double launch_s = Between(1e-3, 8e-3);  // of a step
  const double alpha_s = Between(5e-6, 2e-4);
  const double beta = Between(1e9, 2e10);
  const double peak = beta * 1e-9 * Between(1.3, 3);        // GB/s
  const double hidden = std::max(0.0, Between(-0.7, 0.7));  // of the transfer
  // Computing beside communication is slower.
  const double contention = std::max(0.0, Between(-0.02, 0.02));
  const int decimals = std::uniform_int_distribution<int>(2, 4)(random);

  double Steps(double ranks, double batch) const {
    return std::ceil(std::ceil(images / ranks) / batch);
  }
  double Transfer(double ranks) const {
    if (ranks == 1) return 0;
    return 2 * (ranks - 1) * alpha_s + 2 * (ranks - 1) / ranks * bytes / beta;
  }
  double Compute(double ranks, double batch) const {
    return (launch_s + image_s * batch) * (1 + (ranks > 1) * contention);
  }
  // Only the backward pass can hide a transfer.
  double Exposed(double ranks, double batch) const {
    const double transfer = Transfer(ranks);
    return std::max((1 - hidden) * transfer,
                    transfer - 0.5 * Compute(ranks, batch));
  }
  double Epoch(double ranks, double batch) const {
    return Steps(ranks, batch) *
           (Compute(ranks, batch) + Exposed(ranks, batch));
  }
};

// Communication is the sum of all transfers, hidden or not, as buckets show it.
void AddCommunication(const Truth& truth, double ranks, double batch,
                      Row& row) {
  const double steps = truth.Steps(ranks, batch);
  const double seconds = steps * truth.Transfer(ranks);
  const double busbw =
      1e-9 * steps * 2 * (ranks - 1) / ranks * truth.bytes / seconds;
  row["comm_time_s"] = Fixed(seconds, truth.decimals);
  row["bandwidth_gb_per_s"] = Fixed(busbw, 3);
  row["link_peak_gb_per_s"] = Fixed(truth.peak, 2);
  row["utilization_percent"] = Fixed(100 * busbw / truth.peak, 1);
}

Row RowOf(const Truth& truth, double ranks, double batch) {
  Row row;
  row["label"] = "t";
  row["device"] = "GPU";
  row["mechanism"] = ranks == 1 ? "single" : "ddp";
  row["world_size"] = Fixed(ranks, 0);
  row["batch_size_per_rank"] = Fixed(batch, 0);
  row["epoch"] = "2";
  row["steps"] = Fixed(truth.Steps(ranks, batch), 0);
  row["epoch_time_s"] = Fixed(truth.Epoch(ranks, batch), truth.decimals);
  row["compute_time_s"] = Fixed(
      truth.Steps(ranks, batch) * truth.Compute(ranks, batch), truth.decimals);
  if (ranks > 1) AddCommunication(truth, ranks, batch, row);
  return row;
}

void AddSpeedup(const Truth& truth, double ranks, double batch,
                double baseline_batch, const char* label, Row& row) {
  const double speedup =
      truth.Epoch(1, baseline_batch) / truth.Epoch(ranks, batch);
  row["speedup"] = Fixed(speedup, 2);
  row["efficiency_percent"] = Fixed(100 * speedup / ranks, 1);
  row["baseline_world_size"] = "1";
  row["scaling_label"] = label;
}

}  // namespace

std::string Fixed(double value, int decimals) {
  return absl::StrFormat("%.*f", decimals, value);
}

Rows RightTable(int seed) {
  Truth truth(seed);
  const bool is_strong = seed % 2 == 1;
  const double batch = is_strong ? 512 : 64 << (seed / 2 % 4);
  Rows rows = {RowOf(truth, 1, batch)};
  for (const double ranks : {2, 4, 8}) {
    const double of_rank = is_strong ? batch / ranks : batch;
    rows.push_back(RowOf(truth, ranks, of_rank));
    AddSpeedup(truth, ranks, of_rank, batch,
               is_strong ? "strong" : "throughput", rows.back());
  }
  const double accuracy = truth.Between(0.80, 0.85);
  for (Row& row : rows)
    row["accuracy"] = Fixed(accuracy + truth.Between(-0.004, 0.004), 4);
  return rows;
}

double ValueOf(const Row& row, const char* column) {
  return std::stod(row.at(column));
}

Rows GrowingTable(int seed) {
  Truth truth(seed);
  const bool is_called = seed % 3 > 0, is_told = seed % 3 < 2;
  Rows rows;
  for (const double ranks : {1, 2, 4, 8}) {
    Row row;
    const double steps = truth.Steps(1, 128);
    const double seconds =
        steps * (truth.Compute(ranks, 128) + truth.Exposed(ranks, 128));
    row["world_size"] = Fixed(ranks, 0);
    row["batch_size_per_rank"] = "128";
    row["epoch_time_s"] = Fixed(seconds, 3);
    if (is_told) row["train_images"] = Fixed(ranks * truth.images, 0);
    if (is_called) row["scaling_label"] = "weak scaling";
    if (ranks > 1) {
      const double one_s = ValueOf(rows[0], "epoch_time_s");
      row["efficiency_percent"] = Fixed(100 * one_s / seconds, 1);
      row["speedup"] = Fixed(ranks * one_s / seconds, 2);
      row["comm_time_s"] = Fixed(steps * truth.Transfer(ranks), 4);
      row["bandwidth_gb_per_s"] = Fixed(
          2e-9 * (ranks - 1) / ranks * truth.bytes / truth.Transfer(ranks), 3);
    }
    rows.push_back(row);
  }
  return rows;
}

Rows RepeatsTable(int seed) {
  Truth truth(seed);
  Rows rows;
  std::map<int, double> medians;
  for (const int ranks : {1, 2, 4}) {
    std::vector<double> seconds;
    for (int i = 0; i < 3; ++i) {
      seconds.push_back(truth.Epoch(ranks, 128) * truth.Between(0.98, 1.02));
      rows.push_back({{"world_size", absl::StrCat(ranks)},
                      {"batch_size_per_rank", "128"},
                      {"epoch_time_s", Fixed(seconds.back(), 3)}});
    }
    std::sort(seconds.begin(), seconds.end());
    medians[ranks] = seconds[1];
  }
  for (const int ranks : {2, 4})
    rows.push_back({{"world_size", absl::StrCat(ranks)},
                    {"batch_size_per_rank", "128"},
                    {"speedup", Fixed(medians[1] / medians[ranks], 2)}});
  return rows;
}

Rows RoundedTable(int seed) {
  Truth truth(seed);
  Rows rows;
  for (const double ranks : {1, 3, 6}) {
    const double batch = std::round(512 / ranks);
    Row row;
    row["world_size"] = Fixed(ranks, 0);
    row["batch_size_per_rank"] = Fixed(batch, 0);
    row["epoch_time_s"] = Fixed(std::ceil(truth.Epoch(ranks, batch)), 0);
    if (ranks > 1) {
      row["speedup"] = Fixed(
          ValueOf(rows[0], "epoch_time_s") / ValueOf(row, "epoch_time_s"), 2);
      row["scaling_label"] = "Strong Scaling";
      row["mechanism"] = "DistributedDataParallel";
    }
    rows.push_back(row);
  }
  return rows;
}

Rows AccuracyTable(int seed) {
  Truth truth(seed);
  Rows rows;
  for (const int ranks : {1, 2, 4}) {
    const int correct = static_cast<int>(truth.Between(8600, 8650));
    const double mean = (correct / 3.0 + 5766) / 10000;
    Row row = {{"world_size", absl::StrCat(ranks)},
               {"batch_size_per_rank", absl::StrCat(128 / ranks)},
               {"epoch", "30"}};
    row["accuracy"] = seed % 2 == 0 ? Fixed(mean, 6)
                                    : absl::StrFormat("%.9g", correct / 1e4f);
    if (seed % 2 == 0) row["repeats"] = "3";
    rows.push_back(row);
  }
  return rows;
}

std::string CsvOf(const Rows& rows) {
  std::map<std::string, int> columns;
  for (const Row& row : rows)
    for (const auto& [column, value] : row) ++columns[column];
  std::vector<std::string> lines(1);
  lines[0] = absl::StrJoin(columns, ",", [](std::string* out, const auto& c) {
    absl::StrAppend(out, c.first);
  });
  for (const Row& row : rows) {
    std::vector<std::string> cells;
    for (const auto& [column, count] : columns) {
      const auto cell = row.find(column);
      cells.push_back(cell == row.end() ? "" : cell->second);
    }
    lines.push_back(absl::StrJoin(cells, ","));
  }
  return absl::StrCat("# model: resnet18\n", absl::StrJoin(lines, "\n"), "\n");
}

}  // namespace lockstep::analysis
