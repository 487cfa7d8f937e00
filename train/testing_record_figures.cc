#include "train/testing_record_figures.h"

#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "proto/record_io.h"
#include "train/launch/launch.h"
#include "train/options.h"
#include "train/recorder.h"

namespace lockstep {
namespace {

void DieUnless(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

void WriteStep(const std::vector<StepTiming>& ranks, const std::string& path) {
  const auto options = OptionsFromFlags();
  DieUnless(options.status());
  LaunchInfo launch;
  launch.world_size = ranks.size();
  auto recorder = Recorder::Create(path, *options, launch, RunFacts());
  DieUnless(recorder.status());
  std::vector<std::vector<StepTiming>> timings;
  for (const StepTiming& rank : ranks) timings.push_back({rank});
  EpochFacts epoch;
  epoch.images_per_step = {1};
  DieUnless((*recorder)->WriteEpoch(epoch, timings).status());
  DieUnless((*recorder)->WriteEnd(absl::OkStatus(), 1, ""));
}

}  // namespace

RecordFigures FiguresInRecord(const std::vector<StepTiming>& ranks,
                              const std::string& path) {
  WriteStep(ranks, path);
  const auto file = ReadRecordFile(path);
  DieUnless(file.status());
  DieUnless(file->problem);
  RecordFigures figures;
  for (const Record& record : file->records) {
    if (!record.has_epoch()) continue;
    figures.transfer_ms = record.epoch().transfer_s_sum() * 1e3;
    for (const RankEpoch& rank : record.epoch().ranks())
      figures.ranks.push_back(
          {rank.exposed_comm_s() * 1e3, rank.busy_comm_s() * 1e3,
           rank.service_comm_s() * 1e3, rank.peer_wait_s() * 1e3});
  }
  return figures;
}

}  // namespace lockstep
