#include "analysis/run.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/measured_epochs.h"
#include "analysis/representative_step.h"

namespace lockstep::analysis {
namespace {

// docs/run_record.md, "Growth": a higher one must be refused.
constexpr uint32_t kSchemaVersion = 1;

absl::Status CheckIsOneRun(const std::vector<Record>& records,
                           const std::string& path) {
  if (records.empty() || !records[0].has_header())
    return absl::InvalidArgumentError(absl::StrCat(
        path, " is not a run record: it does not start with a header"));
  for (size_t i = 1; i < records.size(); ++i) {
    if (records[i].has_header())
      return absl::InvalidArgumentError(
          absl::StrCat(path, " holds more than one run: record ", i,
                       " is another header; give one run a file"));
  }
  const Header& header = records[0].header();
  if (header.schema_version() > kSchemaVersion)
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has schema version ", header.schema_version(),
        ", this program knows ", kSchemaVersion, "; use a newer one"));
  if (header.world_size() == 0 || header.batch_size_per_rank() == 0)
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        " is not a training run: its header has no world_size or no "
        "batch_size_per_rank"));
  return absl::OkStatus();
}

std::vector<EpochResult> EpochResults(const std::vector<Record>& records) {
  std::vector<EpochResult> results;
  const Header& header = records[0].header();
  uint64_t updates = header.resumed_at_step();
  for (const Record& record : records) {
    if (!record.has_epoch()) continue;
    const Epoch& epoch = record.epoch();
    updates += epoch.steps();
    if (epoch.unfinished()) continue;
    EpochResult result;
    result.epoch = epoch.epoch();
    result.batch_size_per_rank = BatchSizeOf(epoch, header);
    result.updates = updates;
    result.train_images = epoch.images();
    result.train_correct = epoch.train_correct();
    result.train_loss_sum = epoch.train_loss_sum();
    result.test_images = epoch.test_images();
    result.test_correct = epoch.test_correct();
    result.learning_rate = epoch.learning_rate();
    result.elapsed_s = epoch.elapsed_s();
    results.push_back(result);
  }
  return results;
}

// Those that were recorded, by name.
std::string VersionsText(const Versions& versions) {
  std::vector<std::string> texts;
  const auto add = [&](const char* name, const std::string& version) {
    if (!version.empty()) texts.push_back(absl::StrCat(name, " ", version));
  };
  add("lockstep", versions.lockstep());
  add("torch", versions.torch());
  add("cuda", versions.cuda());
  add("nccl", versions.nccl());
  return absl::StrJoin(texts, ", ");
}

bool IsAnyTimed(const std::vector<Record>& records) {
  return std::any_of(records.begin(), records.end(), [](const Record& record) {
    return record.has_epoch() && !record.epoch().ranks().empty();
  });
}

// How the run ended, by its last end; null if it has none.
const End* EndOf(const std::vector<Record>& records) {
  const End* end = nullptr;
  for (const Record& record : records)
    if (record.has_end()) end = &record.end();
  return end;
}

// Why the run cannot count as complete; "" if it can.
std::string WhyIncomplete(const End* end) {
  if (end == nullptr)
    return "the record has no end: the run was killed or still goes on";
  if (end->reason() == End::COMPLETED) return "";
  const std::string reason = absl::StrReplaceAll(
      absl::AsciiStrToLower(End::Reason_Name(end->reason())), {{"_", " "}});
  return absl::StrCat("it ended early (", reason, ")",
                      end->message().empty() ? "" : ": ", end->message());
}

}  // namespace

absl::StatusOr<Run> RunOfRecords(const std::vector<Record>& records,
                                 const std::string& path) {
  const absl::Status one_run = CheckIsOneRun(records, path);
  if (!one_run.ok()) return one_run;
  const Header& header = records[0].header();
  Run run;
  run.path = path;
  run.id = header.run_id().empty() ? path : header.run_id();
  run.resumed_run_id = header.resumed_run_id();
  run.resumed_at_step = header.resumed_at_step();
  run.configuration = ConfigurationOf(header);
  run.epochs = EpochResults(records);
  run.clocks = ClocksOf(header);
  run.versions = VersionsText(header.versions());
  for (const Record& record : records)
    if (record.has_comm_baseline()) run.baseline = record.comm_baseline();
  const End* const end = EndOf(records);
  run.completed = end != nullptr && end->reason() == End::COMPLETED;
  run.out_of_memory = end != nullptr && end->reason() == End::OUT_OF_MEMORY;
  run.left_out = WhyIncomplete(end);
  if (!run.left_out.empty()) return run;
  if (header.provenance() == REPORTED && !IsAnyTimed(records)) {
    run.left_out = "no time of an epoch was reported";
    return run;
  }
  absl::StatusOr<Measurement> measurement = Measure(records);
  if (!measurement.ok()) {
    run.left_out = std::string(measurement.status().message());
    return run;
  }
  run.measurement = *std::move(measurement);
  run.buckets = TimesOfBuckets(records);
  run.typical_step = RepresentativeStep(records);
  return run;
}

}  // namespace lockstep::analysis
