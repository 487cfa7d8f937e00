#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analysis/reported/log_formats.h"

namespace lockstep::analysis {
namespace {

// What stands behind a key goes into a column.
struct KeyColumn {
  const char* key;
  const char* column;
};

// What is printed after an epoch of training is taken to be of the training
// images.
constexpr KeyColumn kTimeKeys[] = {{"total_time_sec=", "epoch_time_s"},
                                   {"compute_time_sec=", "compute_time_s"},
                                   {"exposed_comm_sec=", "comm_time_s"}};
constexpr KeyColumn kEpochKeys[] = {{"loss=", "loss"},
                                    {"acc=", "train_accuracy"}};
constexpr KeyColumn kFullTimeKeys[] = {
    {" full time ", "epoch_time_s"}, {" compute-only time ", "compute_time_s"}};

template <size_t size>
absl::Status SetColumns(absl::string_view line, const KeyColumn (&keys)[size],
                        LogRows& rows) {
  for (const KeyColumn& key : keys) {
    const auto value = ValueAfter(line, key.key);
    if (!value) continue;
    const absl::Status status = rows.Set(key.column, *value);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// "44.70 MB": 1e6 bytes each, as nccl-tests counts.
void SetGradientBytes(absl::string_view line, LogRows& rows) {
  const auto text = ValueAfter(line, "gradient size ~");
  double megabytes = 0;
  if (!text || !absl::StrContains(line, "MB") ||
      !absl::SimpleAtod(*text, &megabytes) || !(megabytes > 0) ||
      megabytes > 1e9)
    return;
  rows.defaults().gradient_bytes = std::llround(megabytes * 1e6);
  rows.Note(absl::StrCat("Gradients of ", *text,
                         " MB were taken as so many million bytes."));
}

}  // namespace

absl::StatusOr<bool> ReadBracketLine(absl::string_view line, LogRows& rows) {
  if (absl::ConsumePrefix(&line, "[MODEL]")) {
    SetGradientBytes(line, rows);
    return true;
  }
  const bool is_time = absl::ConsumePrefix(&line, "[TIME]");
  if (!is_time && !absl::ConsumePrefix(&line, "[EPOCH]")) return false;
  const auto epoch = CountAfter(line, is_time ? "epoch=" : "");
  if (!epoch) return false;
  rows.SetEpoch(*epoch);
  const absl::Status status = is_time ? SetColumns(line, kTimeKeys, rows)
                                      : SetColumns(line, kEpochKeys, rows);
  if (!status.ok()) return status;
  return true;
}

absl::StatusOr<bool> ReadFullTimeLine(absl::string_view line, LogRows& rows) {
  const bool is_bracket = absl::ConsumePrefix(&line, "[Epoch ");
  if (!is_bracket && !absl::ConsumePrefix(&line, "Epoch ")) return false;
  const auto epoch = CountAfter(line, "");
  if (!epoch) return false;
  if (is_bracket) {
    const auto time = ValueAfter(line, "] time=");
    if (!time) return false;
    rows.SetEpoch(*epoch);
    absl::Status status =
        rows.Set("epoch_time_s", absl::StripSuffix(*time, "s"));
    if (status.ok()) status = SetColumns(line, kEpochKeys, rows);
    if (!status.ok()) return status;
    return true;
  }
  for (const KeyColumn& key : kFullTimeKeys) {
    const auto time = ValueAfter(line, "): ");
    if (!absl::StrContains(line, key.key) || !time) continue;
    rows.SetEpoch(*epoch);
    // The [Epoch] line has the same time: no second value of it.
    const absl::Status status = rows.Set(key.column, *time, /*replace=*/true);
    if (!status.ok()) return status;
    return true;
  }
  return false;
}

}  // namespace lockstep::analysis
