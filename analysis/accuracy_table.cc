#include "analysis/accuracy_table.h"

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

Cell Percent(uint64_t count, uint64_t of) {
  return of == 0 ? Missing() : Number(100.0 * count / of);
}

// 0 is what a record has for what nobody reported.
Cell IfKnown(const Run& run, double value) {
  const bool is_absent = run.configuration.provenance == REPORTED && value == 0;
  return is_absent ? Missing() : Number(value);
}

bool SaysWhatWasLearned(const Run& run, const EpochResult& epoch) {
  return run.configuration.provenance != REPORTED || epoch.test_images > 0 ||
         epoch.train_loss_sum > 0 || epoch.train_correct > 0;
}

std::vector<Cell> Row(const Run& run, const EpochResult& epoch) {
  const Configuration& c = run.configuration;
  return {Text(run.id),
          Text(c.model),
          Count(c.world_size),
          Count(epoch.batch_size_per_rank),
          Count(epoch.epoch),
          Count(epoch.updates),
          epoch.train_images == 0
              ? Missing()
              : IfKnown(run, epoch.train_loss_sum / epoch.train_images),
          epoch.train_images == 0
              ? Missing()
              : IfKnown(run, 100.0 * epoch.train_correct / epoch.train_images),
          Percent(epoch.test_correct, epoch.test_images),
          IfKnown(run, epoch.learning_rate),
          IfKnown(run, epoch.elapsed_s)};
}

}  // namespace

Table AccuracyTable(const std::vector<Run>& runs) {
  Table table;
  table.name = "accuracy";
  table.title = "Loss and accuracy";
  table.caption =
      "Exact counts over all ranks: loss = sum / images, accuracy = correct / "
      "images; updates = optimiser steps so far; elapsed without evaluation.";
  table.columns = {
      {"run", ""},           {"model", ""},           {"P", ""},
      {"batch/rank", ""},    {"epoch", ""},           {"updates", ""},
      {"train loss", ""},    {"train accuracy", "%"}, {"test accuracy", "%"},
      {"learning rate", ""}, {"elapsed", "s"}};
  for (const Run& run : runs) {
    if (IsTwin(run.configuration)) {
      table.notes.push_back(absl::StrCat(run.id, " is a twin (",
                                         run.configuration.twin,
                                         "): what it learned means nothing"));
      continue;
    }
    if (run.configuration.tta == "flip")
      table.notes.push_back(
          absl::StrCat(run.id,
                       ": each test image is judged with its mirror "
                       "image (--tta=flip)"));
    for (const EpochResult& epoch : run.epochs)
      if (SaysWhatWasLearned(run, epoch)) table.rows.push_back(Row(run, epoch));
  }
  return table;
}

}  // namespace lockstep::analysis
