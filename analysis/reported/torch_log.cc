#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analysis/reported/log_formats.h"

namespace lockstep::analysis {
namespace {

// "0.120" of "Time  0.123 (  0.120)": the average so far.
std::optional<absl::string_view> AverageOf(absl::string_view line,
                                           absl::string_view name) {
  const size_t at = line.find(name);
  if (at == line.npos) return std::nullopt;
  return ValueAfter(line.substr(at), "(");
}

// Accuracies of these programs are in per cent, also below 1.
absl::Status SetPercent(const char* column, absl::string_view text,
                        LogRows& rows) {
  return rows.Set(column, absl::StrCat(text, "%"), /*replace=*/true);
}

// The time of an epoch is that of its average step times its steps; the average
// counts from the last line of the epoch, which is the most exact one.
absl::Status SetProgress(absl::string_view line, uint64_t steps,
                         LogRows& rows) {
  const absl::Status set = rows.SetNumber("steps", steps);
  if (!set.ok()) return set;
  if (const auto loss = AverageOf(line, "Loss")) {
    const absl::Status status = rows.Set("loss", *loss, true);
    if (!status.ok()) return status;
  }
  if (const auto accuracy = AverageOf(line, "Acc@1")) {
    const absl::Status status = SetPercent("train_accuracy", *accuracy, rows);
    if (!status.ok()) return status;
  }
  const auto step = AverageOf(line, "Time");
  if (!step) return absl::OkStatus();
  const absl::Status status = rows.Set("epoch_time_s", *step, true);
  if (!status.ok()) return status;
  auto& time = rows.Row().epoch_time_s;
  if (!time) return absl::OkStatus();
  *time = static_cast<double>(steps) * *time;
  rows.Note(
      "An epoch's time is the average step's, as last printed in it, times its "
      "steps.");
  return absl::OkStatus();
}

// "Epoch: [1][ 10/391]\tTime ..."
absl::StatusOr<bool> ReadImageNetLine(absl::string_view line, LogRows& rows) {
  const auto epoch = CountAfter(line, "[");
  const size_t second = line.find("][");
  if (!epoch || second == line.npos) return false;
  const auto steps = CountAfter(line.substr(second), "/");
  if (!steps || *steps == 0) return false;
  rows.SetEpoch(*epoch);
  const absl::Status status = SetProgress(line, *steps, rows);
  if (!status.ok()) return status;
  return true;
}

// "Test set: Average loss: 0.3, Accuracy: 9000/10000 (90%)"
absl::StatusOr<bool> ReadTestLine(absl::string_view line, LogRows& rows) {
  const auto correct = CountAfter(line, "Accuracy:");
  const auto images = CountAfter(line, "/");
  if (!correct || !images || *images == 0 || *correct > *images) return false;
  const absl::Status status = rows.SetNumber("test_images", *images);
  if (!status.ok()) return status;
  rows.Row().accuracy = Exact(static_cast<double>(*correct) / *images);
  return true;
}

// "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.3"
absl::StatusOr<bool> ReadMnistLine(absl::string_view line, LogRows& rows) {
  const auto epoch = CountAfter(line, "");
  const auto images = CountAfter(line, "/");
  const auto loss = ValueAfter(line, "Loss:");
  if (!epoch || !loss) return false;
  rows.SetEpoch(*epoch);
  absl::Status status = rows.Set("loss", *loss, /*replace=*/true);
  if (status.ok() && images) status = rows.SetNumber("train_images", *images);
  if (!status.ok()) return status;
  return true;
}

// "[GPU0] Epoch 3 | Batchsize: 32 | Steps: 391"
absl::StatusOr<bool> ReadTutorialLine(absl::string_view line, LogRows& rows) {
  const auto epoch = CountAfter(line, "Epoch ");
  const auto batch = CountAfter(line, "Batchsize:");
  const auto steps = CountAfter(line, "Steps:");
  if (!epoch || !batch || *batch == 0 || !steps || *steps == 0) return false;
  rows.SetEpoch(*epoch);
  absl::Status status = rows.SetNumber("batch_size_per_rank", *batch);
  if (status.ok()) status = rows.SetNumber("steps", *steps);
  if (!status.ok()) return status;
  return true;
}

}  // namespace

absl::StatusOr<bool> ReadTorchLine(absl::string_view line, LogRows& rows) {
  if (absl::ConsumePrefix(&line, "Epoch: "))
    return ReadImageNetLine(line, rows);
  if (absl::ConsumePrefix(&line, "Train Epoch: "))
    return ReadMnistLine(line, rows);
  if (absl::StartsWith(line, "Test set: ")) return ReadTestLine(line, rows);
  if (absl::StartsWith(line, "[GPU")) return ReadTutorialLine(line, rows);
  const auto accuracy = ValueAfter(line, "Acc@1 ");
  if (!absl::StartsWith(line, "* ") || !accuracy) return false;
  const absl::Status status = SetPercent("accuracy", *accuracy, rows);
  if (!status.ok()) return status;
  return true;
}

}  // namespace lockstep::analysis
