#include "train/run_report.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/cli/file.h"
#include "train/output_dir.h"
#include "train/run_files.h"

namespace lockstep {
namespace {

void Print(const std::string& lines) {
  std::printf("%s\n", lines.c_str());
  std::fflush(stdout);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunReport>> RunReport::Start(
    const TrainOptions& options, const LaunchInfo& launch,
    const RunFacts& facts, Place place) {
  std::unique_ptr<RunReport> report(
      new RunReport(options, launch, std::move(place)));
  auto recorder = Recorder::Create(NewRecordPath(report->directory()), options,
                                   launch, facts);
  if (!recorder.ok()) return recorder.status();
  report->recorder_ = *std::move(recorder);
  if (report->place_.log_csv.empty()) report->place_.log_csv = CsvHeader();
  const absl::Status status = report->StartTrace(facts);
  if (!status.ok()) return status;
  Print(ModelLine(options.model, facts.parameters));
  return report;
}

absl::Status RunReport::StartTrace(const RunFacts& facts) {
  if (options_.trace.empty()) return absl::OkStatus();
  auto trace = TraceWriter::Create(options_.trace, RankNames(facts.ranks),
                                   RankClocks(facts.ranks));
  if (!trace.ok()) return trace.status();
  trace_ = *std::move(trace);
  return absl::OkStatus();
}

absl::Status RunReport::BucketPlan(int64_t first_step,
                                   const std::vector<PlannedBucket>& plan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (trace_ != nullptr) trace_->SetBucketPlan(first_step, plan);
  return recorder_->WriteBucketPlan(first_step, plan);
}

absl::Status RunReport::CommBaseline(const std::vector<BaselineRow>& rows) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Print(BaselineText(rows));
  return recorder_->WriteCommBaseline(rows);
}

absl::Status RunReport::Epoch(
    const EpochFacts& facts,
    const std::vector<std::vector<StepTiming>>& timings) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (trace_ != nullptr) {
    const absl::Status status =
        trace_->AddSteps(facts.epoch, facts.first_step, timings);
    if (!status.ok()) return status;
  }
  const auto times = recorder_->WriteEpoch(facts, timings);
  if (!times.ok()) return times.status();
  if (facts.unfinished) return absl::OkStatus();
  Print(absl::StrCat(TimeLine(facts.epoch, *times), "\n", EpochLine(facts)));
  place_.log_csv +=
      CsvLine(options_.model, launch_.world_size * options_.replicas(), facts);
  return WriteFileAtomically(directory() + "/log.csv", place_.log_csv);
}

absl::Status RunReport::End(const absl::Status& outcome, int64_t steps,
                            const std::string& parameter_checksum) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return absl::OkStatus();
  ended_ = true;
  absl::Status traced;
  if (trace_ != nullptr) traced = trace_->Close();
  const absl::Status status =
      recorder_->WriteEnd(outcome, steps, parameter_checksum);
  return status.ok() ? traced : status;
}

}  // namespace lockstep
