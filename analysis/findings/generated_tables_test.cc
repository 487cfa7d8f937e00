// The audit on tables of a model whose truth is known: right ones must pass,
// and each planted error must be found where it was planted.

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/findings/audit.h"
#include "analysis/read_reported.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

constexpr int kTables = 30;

using Row = std::map<std::string, std::string>;  // column -> as printed

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

std::string Fixed(double value, int decimals) {
  return absl::StrFormat("%.*f", decimals, value);
}

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

using Rows = std::vector<Row>;

// Row 0 is one rank; rows of 2, 4, 8 ranks follow. Even seeds keep the batch
// per rank, odd ones the global batch.
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

// Each rank has as many images as the one, called weak or not called anything.
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

// Three noisy runs of each, then the speedups of their medians.
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

// 512 images shared by 3 and 6 ranks; times in whole seconds.
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

// Accuracies as means of three runs, and with all digits of a float.
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

std::vector<Finding> AlarmsIn(const Rows& rows) {
  ReportedTable table = ParseCsvTable(CsvOf(rows), "t.csv").value();
  FillAssumptions(table);
  const std::vector<Run> runs = RunsOf(table).value();
  const std::vector<RunGroup> groups = GroupRuns(runs);
  const std::vector<ReportedTable> tables = {table};
  std::vector<Finding> alarms;
  for (const Finding& finding : Audit({runs, groups, tables, 0}))
    if (finding.severity != Severity::kNote) alarms.push_back(finding);
  return alarms;
}

TEST(GeneratedTables, RightOnesRaiseNoAlarm) {
  for (int seed = 0; seed < 10 * kTables; ++seed) {
    for (Rows (*table)(int) : {RightTable, GrowingTable, RepeatsTable,
                               RoundedTable, AccuracyTable}) {
      const Rows rows = table(seed);
      for (const Finding& finding : AlarmsIn(rows))
        ADD_FAILURE() << "seed " << seed << ", " << finding.id << ": "
                      << finding.what << " -> " << finding.corrected << "\n"
                      << CsvOf(rows);
    }
  }
}

// Multiplies a printed number, with three more digits than it had.
std::function<void(Rows&)> Scaled(size_t row, const char* column,
                                  double factor) {
  return [=](Rows& rows) {
    rows[row][column] =
        absl::StrFormat("%.4g", factor * ValueOf(rows[row], column));
  };
}

struct Planted {
  const char* what;
  std::vector<const char*> rules;  // any of them is right
  std::function<void(Rows&)> plant;
};

std::vector<Planted> PlantedErrors() {
  const auto per_step = [](Rows& rows) {
    for (Row& row : rows)
      if (row.count("bandwidth_gb_per_s"))
        row["bandwidth_gb_per_s"] = absl::StrFormat(
            "%.3g", ValueOf(row, "bandwidth_gb_per_s") / ValueOf(row, "steps"));
  };
  const auto from_two = [](Rows& rows) {
    rows[2]["speedup"] = Fixed(
        ValueOf(rows[1], "epoch_time_s") / ValueOf(rows[2], "epoch_time_s"), 2);
    rows[2]["efficiency_percent"] = "";
  };
  const auto upside_down = [](Rows& rows) {
    rows[3]["speedup"] = Fixed(1 / ValueOf(rows[3], "speedup"), 3);
  };
  const auto swap_times = [](Rows& rows) {
    std::swap(rows[1]["epoch_time_s"], rows[3]["epoch_time_s"]);
  };
  const auto other_label = [](Rows& rows) {
    const bool is_strong = rows[3]["scaling_label"] == "strong";
    rows[3]["scaling_label"] = is_strong ? "weak" : "strong";
  };
  const auto data_parallel = [](Rows& rows) {
    for (size_t i = 1; i < rows.size(); ++i)
      rows[i]["mechanism"] = "data_parallel";
  };
  const auto includes_zero = [](Rows& rows) {
    rows[1]["comm_time_low_s"] = "-0.1";
    rows[1]["comm_time_high_s"] =
        absl::StrCat(1 + 2 * ValueOf(rows[1], "comm_time_s"));
  };
  const auto few_updates = [](Rows& rows) {
    rows[0]["accuracy"] = "0.8490";
    rows[3]["batch_size_per_rank"] = "2048";
    rows[3]["steps"] = "4";
    rows[3]["accuracy"] = "0.7390";
    for (const char* column :
         {"epoch_time_s", "compute_time_s", "comm_time_s", "speedup",
          "bandwidth_gb_per_s", "utilization_percent", "efficiency_percent",
          "scaling_label", "baseline_world_size"})
      rows[3].erase(column);
  };
  const auto amdahl = [](Rows& rows) {
    rows[3]["serial_fraction"] = "0.2571";
    rows[3]["predicted_speedup"] = "6.00";
  };
  const auto fraction = [](Rows& rows) { rows[3]["serial_fraction"] = "0.9"; };
  const auto transfer = [](Rows& rows) {
    rows[1]["transfer_bytes"] = "45e6";
    rows[1]["transfer_link_gbps"] = "1";
    rows[1]["transfer_time_s"] = "0.09";
  };
  const auto elapsed = [](Rows& rows) {
    rows[0]["elapsed_s"] = "500";
    rows.push_back(rows[0]);
    rows.back()["epoch"] = "3";
    rows.back()["elapsed_s"] = "400";
  };
  const auto one_rank = [](Rows& rows) {
    rows[0]["comm_time_s"] = rows[1]["comm_time_s"];
    rows[0]["bandwidth_gb_per_s"] = rows[1]["bandwidth_gb_per_s"];
  };
  const auto superlinear = [](Rows& rows) {
    rows[3]["epoch_time_s"] = Fixed(ValueOf(rows[0], "epoch_time_s") / 9, 3);
    rows[3]["speedup"] = "9.00";
    rows[3]["efficiency_percent"] = "112.5";
    rows[3].erase("compute_time_s");
    rows[3].erase("comm_time_s");
    rows[3].erase("bandwidth_gb_per_s");
    rows[3].erase("utilization_percent");
  };
  const auto two_machines = [](Rows& rows) { rows[3]["device"] = "other GPU"; };
  const auto first_epoch = [](Rows& rows) { rows[2]["epoch"] = "1"; };
  const auto mean_of_means = [](Rows& rows) {
    rows[2]["accuracy"] = "0.823457";
  };
  const auto padded = [](Rows& rows) {
    for (Row& row : rows) row["test_images"] = "10000";
    rows[3]["test_images"] = "10240";
  };
  const auto no_bandwidth = [](Rows& rows) {
    for (Row& row : rows) {
      row.erase("bandwidth_gb_per_s");
      if (row.count("utilization_percent"))
        row["utilization_percent"] =
            absl::StrFormat("%.3g", ValueOf(row, "utilization_percent") /
                                        ValueOf(row, "steps"));
    }
  };
  const auto other_baseline = [](Rows& rows) {
    rows[3]["baseline_world_size"] = "2";
    rows[3].erase("efficiency_percent");
  };
  const auto updates = [](Rows& rows) {
    rows[3]["updates"] = absl::StrCat(2 * ValueOf(rows[0], "steps") + 99);
  };
  const auto fewer_images = [](Rows& rows) {
    rows[3]["train_images"] = "12500";
    rows[3].erase("steps");
    rows[3].erase("efficiency_percent");
  };
  const auto mebibytes = [](Rows& rows) {
    for (Row& row : rows) row["gradient_bytes"] = "42625283";
  };
  const auto interval = [](Rows& rows) {
    rows[1]["epoch_time_low_s"] = rows[0]["epoch_time_s"];
    rows[1]["epoch_time_high_s"] = rows[0]["epoch_time_s"];
  };
  const auto total = [](Rows& rows) {
    rows[1]["epoch"] = "100";
    rows[1]["elapsed_s"] = Fixed(50 * ValueOf(rows[1], "epoch_time_s"), 1);
  };
  const auto computation = [](Rows& rows) {
    rows[0]["compute_time_s"] =
        Fixed(0.9 * ValueOf(rows[0], "epoch_time_s"), 3);
    for (size_t i = 1; i < rows.size(); ++i) {
      rows[i]["batch_size_per_rank"] = rows[0]["batch_size_per_rank"];
      rows[i]["comm_time_s"] =
          Fixed(ValueOf(rows[i], "epoch_time_s") -
                    ValueOf(rows[0], "compute_time_s") / (1 << i),
                3);
    }
  };
  const auto loss = [](Rows& rows) {
    for (Row& row : rows) row.erase("accuracy");
    rows[0]["loss"] = "0.45";
    rows[3]["loss"] = "1.84";
    rows[0]["steps"] = "391";
    rows[3]["steps"] = "7";
  };
  const std::vector<const char*> bandwidth = {"E1", "E7"};
  return {
      {"one step's bytes", {"E1"}, per_step},
      {"algbw for busbw", {"E7"}, Scaled(2, "bandwidth_gb_per_s", 1 / 1.5)},
      {"bits for bytes", {"E7"}, Scaled(1, "bandwidth_gb_per_s", 8)},
      {"bytes for bits", {"E7"}, Scaled(1, "bandwidth_gb_per_s", 0.125)},
      {"MB/s for GB/s", {"E7"}, Scaled(3, "bandwidth_gb_per_s", 1000)},
      {"GiB for GB", {"E7"}, Scaled(2, "bandwidth_gb_per_s", 1 / 1.0737)},
      {"MiB for MB", {"E7"}, Scaled(2, "bandwidth_gb_per_s", 1 / 1.0486)},
      {"2 (P - 1) for 2 (P - 1) / P", bandwidth,
       Scaled(3, "bandwidth_gb_per_s", 8)},
      {"(P - 1) / P", bandwidth, Scaled(3, "bandwidth_gb_per_s", 0.5)},
      {"a bandwidth out of the air",
       {"E7"},
       Scaled(2, "bandwidth_gb_per_s", 1.37)},
      {"peak in the wrong unit",
       {"E13", "E16"},
       Scaled(2, "link_peak_gb_per_s", 1e-3)},
      {"peak in bits", {"E16"}, Scaled(1, "link_peak_gb_per_s", 8)},
      {"utilisation out of the air",
       {"E16"},
       Scaled(1, "utilization_percent", 1.2)},
      {"communication longer than the epoch",
       {"E14"},
       Scaled(3, "comm_time_s", 1e3)},
      {"computation in ms", {"E14"}, Scaled(1, "compute_time_s", 1e3)},
      {"speedup from two ranks", {"E21", "E22"}, from_two},
      {"speedup upside down", {"E22"}, upside_down},
      {"times of two rows swapped", {"E22"}, swap_times},
      {"speedup out of the air", {"E22"}, Scaled(2, "speedup", 1.2)},
      {"efficiency out of the air",
       {"E24"},
       Scaled(3, "efficiency_percent", 1.1)},
      {"strong for weak", {"E4"}, other_label},
      {"steps of one rank", {"E5"}, Scaled(2, "steps", 4)},
      {"data_parallel with a ring's bandwidth", {"E8"}, data_parallel},
      {"interval with zero", {"E17"}, includes_zero},
      {"few updates", {"E9"}, few_updates},
      {"Amdahl computed wrongly", {"E6"}, amdahl},
      {"a serial fraction that contradicts", {"E6"}, fraction},
      {"transfer faster than its link", {"E23"}, transfer},
      {"a clock that goes back", {"E20"}, elapsed},
      {"communication of one rank", {"E25"}, one_rank},
      {"superlinear", {"E15"}, superlinear},
      {"two machines", {"E19"}, two_machines},
      {"the first epoch", {"E10"}, first_epoch},
      {"a mean of means", {"E11"}, mean_of_means},
      {"padded images", {"E11"}, padded},
      {"utilisation of one step's bytes", {"E16"}, no_bandwidth},
      {"a baseline that is not the named one", {"E21"}, other_baseline},
      {"updates of one rank", {"E5"}, updates},
      {"epochs of fewer images", {"E22"}, fewer_images},
      {"MiB for MB of gradients", {"E7"}, mebibytes},
      {"an interval of another row", {"E27"}, interval},
      {"a total of half the epochs", {"E20"}, total},
      {"one rank's computation as baseline", {"E2"}, computation},
      {"few updates by the loss", {"E9"}, loss},
      {"a transfer without the ring",
       {"E23"},
       [](Rows& rows) {
         rows[2]["transfer_bytes"] = "44.7e6";
         rows[2]["transfer_link_gbps"] = "1";
         rows[2]["transfer_time_s"] = "0.358";
       }},
  };
}

bool IsOneOf(const std::string& id, const std::vector<const char*>& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const char* rule) { return id == rule; });
}

TEST(GeneratedTables, EveryPlantedErrorIsFound) {
  const std::vector<Planted> errors = PlantedErrors();
  EXPECT_GE(errors.size(), 30u);
  for (const Planted& error : errors) {
    for (int seed = 0; seed < kTables; ++seed) {
      Rows rows = RightTable(seed);
      error.plant(rows);
      const std::vector<Finding> alarms = AlarmsIn(rows);
      const bool found = std::any_of(alarms.begin(), alarms.end(),
                                     [&](const Finding& finding) {
                                       return IsOneOf(finding.id, error.rules);
                                     });
      EXPECT_TRUE(found) << error.what << ", seed " << seed << "\n"
                         << CsvOf(rows);
    }
  }
}

}  // namespace
}  // namespace lockstep::analysis
