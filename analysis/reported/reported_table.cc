#include "analysis/reported/reported_table.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lockstep::analysis {
namespace {

using Row = ReportedRow;

constexpr double kMostSeconds = 1e9;
constexpr double kMostBandwidth = 1e6;  // GB/s
constexpr uint64_t kMostRanks = 1 << 20, kMostImages = 1ull << 40;

template <typename Column>
const Column* Find(const std::vector<Column>& columns, absl::string_view name) {
  for (const Column& column : columns)
    if (name == column.name) return &column;
  return nullptr;
}

// "torch.nn.DataParallel" as "dataparallel".
std::string BareName(absl::string_view text) {
  std::string letters;
  for (const char c : absl::AsciiStrToLower(text))
    if (absl::ascii_isalpha(c)) letters += c;
  absl::string_view bare = letters;
  for (const char* module : {"torch", "nn", "parallel"})
    absl::ConsumePrefix(&bare, module);
  return std::string(bare);
}

// What reports call a mechanism, and what it is called here.
const std::map<std::string, std::string>& Mechanisms() {
  static const auto* const mechanisms =
      new std::map<std::string, std::string>{{"single", "single"},
                                             {"singlegpu", "single"},
                                             {"none", "single"},
                                             {"ddp", "ddp"},
                                             {"distributeddataparallel", "ddp"},
                                             {"dp", "data_parallel"},
                                             {"dataparallel", "data_parallel"}};
  return *mechanisms;
}

absl::Status SetText(const TextColumn& column, absl::string_view text,
                     Row& row) {
  std::string& field = row.*column.field;
  field = std::string(text);
  // A terminal obeys them.
  std::replace_if(
      field.begin(), field.end(), [](char c) { return absl::ascii_iscntrl(c); },
      ' ');
  if (column.field != &Row::mechanism) return absl::OkStatus();
  const auto known = Mechanisms().find(BareName(text));
  if (known != Mechanisms().end()) {
    row.mechanism = known->second;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("mechanism is '", text.substr(0, 40),
                   "': expected single, ddp or data_parallel"));
}

absl::Status SetCount(const CountColumn& column, absl::string_view text,
                      Row& row) {
  uint64_t count = 0;
  if (!absl::SimpleAtoi(text, &count) || count < column.least ||
      count > column.most)
    return absl::InvalidArgumentError(absl::StrCat(
        column.name, " is '", text.substr(0, 40),
        "': expected a whole number from ", column.least, " to ", column.most));
  row.*column.field = count;
  return absl::OkStatus();
}

bool Fits(double value, Sign sign) {
  return value > 0 || (value == 0 && sign == Sign::kNotNegative) ||
         sign == Sign::kAny;
}

const char* Least(Sign sign) {
  constexpr const char* kTexts[] = {" above 0", " from 0", ""};
  return kTexts[static_cast<int>(sign)];
}

bool IsAccuracy(const NumberColumn& column) {
  return column.field == &Row::accuracy || column.field == &Row::train_accuracy;
}

absl::Status SetNumber(const NumberColumn& column, absl::string_view text,
                       Row& row) {
  const absl::StatusOr<Quantity> read = ParseQuantity(text);
  if (!read.ok() || read->value > column.most ||
      !Fits(read->value, column.sign))
    return absl::InvalidArgumentError(absl::StrCat(
        column.name, " is '", text.substr(0, 40), "': expected a number",
        Least(column.sign), " up to ", column.most));
  const bool is_percent =
      IsAccuracy(column) && (read->value > 1 || text.back() == '%');
  row.*column.field = is_percent ? 0.01 * *read : *read;
  return absl::OkStatus();
}

}  // namespace

const std::vector<TextColumn>& TextColumns() {
  static const auto* const columns =
      new std::vector<TextColumn>{{"label", &Row::label},
                                  {"mechanism", &Row::mechanism},
                                  {"model", &Row::model},
                                  {"device", &Row::device},
                                  {"scaling_label", &Row::scaling_label}};
  return *columns;
}

const std::vector<CountColumn>& CountColumns() {
  static const auto* const columns = new std::vector<CountColumn>{
      {"world_size", &Row::world_size, 1, kMostRanks},
      {"batch_size_per_rank", &Row::batch_size_per_rank, 1, 1 << 24},
      {"baseline_world_size", &Row::baseline_world_size, 1, kMostRanks},
      {"epoch", &Row::epoch, 0, 1 << 20},
      {"train_images", &Row::train_images, 1, kMostImages},
      {"test_images", &Row::test_images, 1, kMostImages},
      {"gradient_bytes", &Row::gradient_bytes, 1, 1ull << 50},
      {"steps", &Row::steps, 1, kMostImages},
      {"updates", &Row::updates, 0, kMostImages},
      {"repeats", &Row::repeats, 1, 1 << 20}};
  return *columns;
}

const std::vector<NumberColumn>& NumberColumns() {
  constexpr double kAny = std::numeric_limits<double>::max();
  static const auto* const columns = new std::vector<NumberColumn>{
      {"epoch_time_s", &Row::epoch_time_s, Sign::kPositive, kMostSeconds},
      {"epoch_time_low_s", &Row::epoch_time_low_s, Sign::kNotNegative,
       kMostSeconds},
      {"epoch_time_high_s", &Row::epoch_time_high_s, Sign::kNotNegative,
       kMostSeconds},
      {"compute_time_s", &Row::compute_time_s, Sign::kNotNegative,
       kMostSeconds},
      {"comm_time_s", &Row::comm_time_s, Sign::kNotNegative, kMostSeconds},
      {"comm_time_low_s", &Row::comm_time_low_s, Sign::kAny, kMostSeconds},
      {"comm_time_high_s", &Row::comm_time_high_s, Sign::kNotNegative,
       kMostSeconds},
      {"bandwidth_gb_per_s", &Row::bandwidth_gb_per_s, Sign::kNotNegative,
       kMostBandwidth},
      {"utilization_percent", &Row::utilization_percent, Sign::kNotNegative,
       kAny},
      {"link_peak_gb_per_s", &Row::link_peak_gb_per_s, Sign::kPositive,
       kMostBandwidth},
      {"speedup", &Row::speedup, Sign::kPositive, kAny},
      {"efficiency_percent", &Row::efficiency_percent, Sign::kPositive, kAny},
      {"serial_fraction", &Row::serial_fraction, Sign::kNotNegative, 1},
      {"predicted_speedup", &Row::predicted_speedup, Sign::kPositive, kAny},
      {"transfer_bytes", &Row::transfer_bytes, Sign::kPositive, kAny},
      {"transfer_link_gbps", &Row::transfer_link_gbps, Sign::kPositive, kAny},
      {"transfer_time_s", &Row::transfer_time_s, Sign::kPositive, kMostSeconds},
      {"loss", &Row::loss, Sign::kNotNegative, kAny},
      {"accuracy", &Row::accuracy, Sign::kNotNegative, 100},
      {"train_accuracy", &Row::train_accuracy, Sign::kNotNegative, 100},
      {"elapsed_s", &Row::elapsed_s, Sign::kNotNegative, kMostSeconds}};
  return *columns;
}

bool IsReportedColumn(absl::string_view name) {
  return Find(TextColumns(), name) != nullptr ||
         Find(CountColumns(), name) != nullptr ||
         Find(NumberColumns(), name) != nullptr;
}

absl::Status SetColumn(ReportedRow& row, absl::string_view column,
                       absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return absl::OkStatus();
  if (const TextColumn* found = Find(TextColumns(), column))
    return SetText(*found, text, row);
  if (const CountColumn* found = Find(CountColumns(), column))
    return SetCount(*found, text, row);
  if (const NumberColumn* found = Find(NumberColumns(), column))
    return SetNumber(*found, text, row);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no column '", column.substr(0, 40), "'"));
}

void FillFrom(const ReportedRow& defaults, ReportedRow& row) {
  for (const TextColumn& column : TextColumns())
    if ((row.*column.field).empty()) row.*column.field = defaults.*column.field;
  for (const CountColumn& column : CountColumns())
    if (!(row.*column.field)) row.*column.field = defaults.*column.field;
  for (const NumberColumn& column : NumberColumns())
    if (!(row.*column.field)) row.*column.field = defaults.*column.field;
}

void CountEpochsFromOne(ReportedTable& table) {
  const bool from_zero =
      std::any_of(table.rows.begin(), table.rows.end(),
                  [](const Row& row) { return row.epoch == uint64_t{0}; });
  if (!from_zero) return;
  for (Row& row : table.rows)
    if (row.epoch) ++*row.epoch;
}

}  // namespace lockstep::analysis
