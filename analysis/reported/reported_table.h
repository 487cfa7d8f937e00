// Numbers that other people printed: a row of a table, or of a log.
//
// Everything is optional but the source: an absent number was not reported, and
// nothing is invented for it. Columns are declared once, in kTextColumns,
// kCountColumns and kNumberColumns; CSV headers, the fields of
// reported_table.proto and messages have their names.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_REPORTED_TABLE_H_
#define LOCKSTEP_ANALYSIS_REPORTED_REPORTED_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/quantity.h"

namespace lockstep::analysis {

struct ReportedRow {
  std::string source;  // "s2.csv:6": file and line

  std::string label;          // of the report; rows of two are never compared
  std::string mechanism;      // single, ddp, data_parallel
  std::string model;          // resnet18, ...
  std::string device;         // "A40"
  std::string scaling_label;  // what the report calls its speedup

  bool out_of_memory = false;  // a result, not a mistake
  // By FillAssumptions:
  bool steps_computed = false;  // the last may be dropped
  bool train_images_assumed = false;
  bool test_images_assumed = false;

  std::optional<uint64_t> world_size;
  std::optional<uint64_t> batch_size_per_rank;
  std::optional<uint64_t> baseline_world_size;  // of `speedup`
  std::optional<uint64_t> epoch;                // 1 is the first
  std::optional<uint64_t> train_images;
  std::optional<uint64_t> test_images;
  std::optional<uint64_t> gradient_bytes;  // per step and rank
  std::optional<uint64_t> steps;           // of an epoch and rank
  std::optional<uint64_t> updates;         // since training began
  std::optional<uint64_t> repeats;

  std::optional<Quantity> epoch_time_s;
  std::optional<Quantity> epoch_time_low_s;  // ends of its interval
  std::optional<Quantity> epoch_time_high_s;
  std::optional<Quantity> compute_time_s;  // of an epoch, as the report has it
  std::optional<Quantity> comm_time_s;     // likewise
  std::optional<Quantity> comm_time_low_s;
  std::optional<Quantity> comm_time_high_s;
  std::optional<Quantity> bandwidth_gb_per_s;
  std::optional<Quantity> utilization_percent;
  std::optional<Quantity> link_peak_gb_per_s;  // per direction and rank
  std::optional<Quantity> speedup;
  std::optional<Quantity> efficiency_percent;
  std::optional<Quantity> serial_fraction;    // put into Amdahl's law
  std::optional<Quantity> predicted_speedup;  // what the report got from it
  std::optional<Quantity> transfer_bytes;     // "45 MB over 1 GbE take 90 ms"
  std::optional<Quantity> transfer_link_gbps;
  std::optional<Quantity> transfer_time_s;
  std::optional<Quantity> loss;      // of the training images
  std::optional<Quantity> accuracy;  // of the test images, 0 to 1
  std::optional<Quantity> train_accuracy;
  std::optional<Quantity> elapsed_s;  // since training began
};

struct ReportedTable {
  std::string source;  // the file
  std::vector<ReportedRow> rows;
  std::vector<std::string> notes;  // what the reader assumed, one line each
};

struct TextColumn {
  const char* name;
  std::string ReportedRow::*field;
};

struct CountColumn {
  const char* name;
  std::optional<uint64_t> ReportedRow::*field;
  uint64_t least;
  uint64_t most;
};

enum class Sign { kPositive, kNotNegative, kAny };

struct NumberColumn {
  const char* name;
  std::optional<Quantity> ReportedRow::*field;
  Sign sign;
  double most;  // beyond it a slip of the pen: 1e9 s are 32 years
};

const std::vector<TextColumn>& TextColumns();
const std::vector<CountColumn>& CountColumns();
const std::vector<NumberColumn>& NumberColumns();

// Whether there is a column of this name.
bool IsReportedColumn(absl::string_view name);

// Sets a column from text; "" leaves it as it is. Accuracies above 1 are per
// cent. InvalidArgument, naming the column, for a column that does not exist
// and for what it cannot hold: a time that is negative, half a rank, a
// mechanism that is none of the three.
absl::Status SetColumn(ReportedRow& row, absl::string_view column,
                       absl::string_view text);

// What a table says once, for all rows: fills what a row leaves open.
void FillFrom(const ReportedRow& defaults, ReportedRow& row);

// Readers call it last: a table that has an epoch 0 counts from 0, and all its
// epochs move up by one.
void CountEpochsFromOne(ReportedTable& table);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_REPORTED_TABLE_H_
