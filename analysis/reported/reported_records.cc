#include "analysis/reported/reported_records.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::analysis {
namespace {

constexpr uint64_t kTrainImages = 50000, kTestImages = 10000;  // CIFAR-10
constexpr char kModel[] = "resnet18";

// Gradients of known nets for ten classes, in fp32.
const std::map<std::string, uint64_t>& GradientBytes() {
  static const auto* const bytes = new std::map<std::string, uint64_t>{
      {kModel, 44695848}, {"resnet20", 1089896}, {"lenet", 248024}};
  return *bytes;
}

Mechanism MechanismOf(const ReportedRow& row) {
  if (*row.world_size == 1 || row.mechanism == "single") return SINGLE;
  return row.mechanism == "data_parallel" ? DATA_PARALLEL : DDP;
}

Header HeaderOf(const ReportedRow& row) {
  Header header;
  header.set_schema_version(1);
  header.set_provenance(REPORTED);
  header.set_run_id(row.source);
  (*header.mutable_flags())["label"] = row.label;
  header.set_world_size(*row.world_size);
  header.set_mechanism(MechanismOf(row));
  header.set_model(row.model);
  header.set_gradient_bytes(row.gradient_bytes.value_or(0));
  header.set_batch_size_per_rank(*row.batch_size_per_rank);
  header.set_global_batch_size(*row.world_size * *row.batch_size_per_rank);
  header.set_train_images(*row.train_images);
  header.set_test_images(*row.test_images);
  if (row.link_peak_gb_per_s)
    header.set_link_peak_gb_per_s(row.link_peak_gb_per_s->value);
  header.add_ranks()->set_device_name(row.device);
  header.set_measure_epoch(1);
  if (row.epoch) header.set_resumed_at_step((*row.epoch - 1) * *row.steps);
  return header;
}

uint64_t Correct(const std::optional<Quantity>& accuracy, uint64_t images) {
  return accuracy ? std::llround(accuracy->value * images) : 0;
}

// One epoch; `number` is from 0. Without a time it only holds what was learned.
Epoch EpochOf(const ReportedRow& row, uint32_t number) {
  Epoch epoch;
  epoch.set_epoch(number);
  epoch.set_steps(*row.steps);
  epoch.set_images(*row.train_images);
  if (row.epoch_time_s) {
    epoch.add_ranks()->set_total_s(row.epoch_time_s->value);
    epoch.add_step_time_s(row.epoch_time_s->value / *row.steps);
  }
  epoch.set_warm_up(number == 0 || !row.epoch_time_s);
  if (row.loss) epoch.set_train_loss_sum(row.loss->value * *row.train_images);
  epoch.set_train_correct(Correct(row.train_accuracy, *row.train_images));
  if (row.accuracy) epoch.set_test_images(*row.test_images);
  epoch.set_test_correct(Correct(row.accuracy, *row.test_images));
  if (row.elapsed_s) epoch.set_elapsed_s(row.elapsed_s->value);
  return epoch;
}

using RunKey = std::tuple<std::string, std::string, std::string, std::string,
                          uint64_t, uint64_t>;

RunKey KeyOf(const ReportedRow& row) {
  return {row.label,  row.mechanism,   row.model,
          row.device, *row.world_size, *row.batch_size_per_rank};
}

// A row that says what was trained for how long, or what it learned.
bool IsRun(const ReportedRow& row) {
  return row.world_size && row.batch_size_per_rank &&
         (row.epoch_time_s || row.accuracy || row.loss || row.out_of_memory);
}

// Rows of one key as runs: an epoch that is there already begins a repeat.
std::vector<std::vector<const ReportedRow*>> Repeats(
    const std::vector<const ReportedRow*>& rows) {
  std::vector<std::vector<const ReportedRow*>> repeats;
  std::set<uint64_t> epochs;
  for (const ReportedRow* row : rows) {
    const bool goes_on = row->epoch && epochs.insert(*row->epoch).second;
    if (repeats.empty() || !goes_on) {
      repeats.emplace_back();
      epochs.clear();
      if (row->epoch) epochs.insert(*row->epoch);
    }
    repeats.back().push_back(row);
  }
  return repeats;
}

// A lone epoch is the one that was measured, whatever its number.
uint32_t EpochNumber(const ReportedRow& row, bool is_lone) {
  const uint64_t number = row.epoch ? *row.epoch - 1 : 1;
  return is_lone ? std::max<uint64_t>(number, 1) : number;
}

ReportedRun RunOfRows(std::vector<const ReportedRow*> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return a->epoch < b->epoch;
  });
  const ReportedRow& first = *rows.front();
  const bool is_lone =
      std::count_if(rows.begin(), rows.end(), [](const ReportedRow* row) {
        return row->epoch_time_s.has_value();
      }) < 2;
  ReportedRun run{first.source, {}};
  *run.records.emplace_back().mutable_header() = HeaderOf(first);
  bool out_of_memory = false;
  for (const ReportedRow* row : rows) {
    out_of_memory |= row->out_of_memory;
    *run.records.emplace_back().mutable_epoch() =
        EpochOf(*row, EpochNumber(*row, is_lone));
  }
  run.records.emplace_back().mutable_end()->set_reason(
      out_of_memory ? End::OUT_OF_MEMORY : End::COMPLETED);
  return run;
}

uint64_t CeilDivide(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

void FillSteps(ReportedRow& row) {
  if (row.steps || !row.world_size || !row.batch_size_per_rank) return;
  row.steps_computed = true;
  row.steps = CeilDivide(CeilDivide(*row.train_images, *row.world_size),
                         *row.batch_size_per_rank);
}

}  // namespace

std::optional<uint64_t> GradientBytesOf(const std::string& model) {
  const auto known = GradientBytes().find(model);
  if (known == GradientBytes().end()) return std::nullopt;
  return known->second;
}

std::vector<std::string> FillAssumptions(ReportedTable& table) {
  std::set<std::string> assumed;
  for (ReportedRow& row : table.rows) {
    if (!row.train_images) {
      row.train_images = kTrainImages;
      row.train_images_assumed = true;
      assumed.insert("50000 training images (CIFAR-10)");
    }
    if (!row.test_images) {
      row.test_images = kTestImages;
      row.test_images_assumed = true;
    }
    if (row.model.empty()) {
      row.model = kModel;
      assumed.insert("model resnet18");
    }
    row.model = absl::AsciiStrToLower(row.model);
    const std::optional<uint64_t> known = GradientBytesOf(row.model);
    if (!row.gradient_bytes && known) {
      row.gradient_bytes = known;
      assumed.insert(
          absl::StrCat(*known, " bytes of gradients (", row.model, ", fp32)"));
    }
    if (row.mechanism.empty()) {
      row.mechanism = "ddp";
      assumed.insert("mechanism ddp");
    }
    FillSteps(row);
  }
  if (assumed.empty()) return {};
  return {absl::StrCat(table.source, " does not say, and assumed is: ",
                       absl::StrJoin(assumed, ", "))};
}

std::vector<ReportedRun> RunsOfReported(const ReportedTable& table) {
  std::map<RunKey, std::vector<const ReportedRow*>> by_key;
  std::vector<ReportedRun> runs;
  for (const ReportedRow& row : table.rows)
    if (IsRun(row)) by_key[KeyOf(row)].push_back(&row);
  for (const auto& [key, rows] : by_key)
    for (std::vector<const ReportedRow*>& repeat : Repeats(rows))
      runs.push_back(RunOfRows(std::move(repeat)));
  return runs;
}

}  // namespace lockstep::analysis
