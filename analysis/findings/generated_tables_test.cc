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
#include "analysis/findings/testing_tables.h"
#include "analysis/read_reported.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

constexpr int kTables = 30;

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
