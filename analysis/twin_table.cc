#include "analysis/twin_table.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/ablation.h"

namespace lockstep::analysis {
namespace {

double Exposed(const StepParts& parts) { return parts.exposed; }
double Data(const StepParts& parts) { return parts.data; }
// What the backward pass hides, as the recorded buckets say.
double Hidden(const StepParts& parts) {
  return std::max(0.0, parts.busy - parts.exposed);
}

Cell Milliseconds(const Estimate& seconds) { return Figure(seconds, 1e3); }

Cell StepCell(const RunGroup& group) {
  return Milliseconds(StepTime(group, BestSpread(group)));
}

std::vector<Cell> Label(const RunGroup& group) {
  return {Count(group.number), Count(group.configuration.world_size),
          Count(group.configuration.batch_size_per_rank), StepCell(group)};
}

// The variant's number and step time, what `from` - `subtracted` leaves, and
// the `part` of `group` to compare it with.
void AppendVariant(const RunGroup& group, const RunGroup* variant,
                   const RunGroup* from, const RunGroup* subtracted,
                   double (*part)(const StepParts&), std::vector<Cell>& row) {
  if (variant == nullptr) {
    row.resize(row.size() + 4, Missing());
    return;
  }
  row.push_back(Count(variant->number));
  row.push_back(StepCell(*variant));
  row.push_back(Milliseconds(StepTimeDifference(*from, *subtracted)));
  row.push_back(Milliseconds(PartTime(group, part)));
}

std::string NameOf(const RunGroup& group) {
  return absl::StrCat("#", group.number, " (",
                      RanksAndBatch(group.configuration), ")");
}

bool IsOverlapOff(const RunGroup& group) {
  const Traits& setup = group.configuration.setup;
  return std::find(setup.begin(), setup.end(),
                   Traits::value_type(kOverlapTrait, "off")) != setup.end();
}

}  // namespace

Table TwinTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "twins";
  table.title = "Ablation twins";
  table.caption =
      "Step time less that of the same run without one thing: cost of "
      "synchronisation = T - T(no_sync), beside the exposed communication that "
      "was measured; input stall = T - T(synthetic_data), beside the measured "
      "wait for data.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"step", "ms", true},
                   {"no_sync #", ""},
                   {"no_sync step", "ms", true},
                   {"cost of synchronisation", "ms", true},
                   {"exposed", "ms", true},
                   {"synthetic #", ""},
                   {"synthetic step", "ms", true},
                   {"input stall", "ms", true},
                   {"data", "ms", true}};
  for (const RunGroup& group : groups) {
    if (IsTwin(group.configuration)) {
      if (FindVariant(groups, group, kTwinTrait, kNoTwin) == nullptr)
        table.notes.push_back(absl::StrCat(
            NameOf(group), " is a twin (", group.configuration.twin,
            ") of no run here: run the same without --twin"));
      continue;
    }
    const RunGroup* const no_sync =
        FindVariant(groups, group, kTwinTrait, "no_sync");
    const RunGroup* const synthetic =
        FindVariant(groups, group, kTwinTrait, "synthetic_data");
    if (no_sync == nullptr && synthetic == nullptr) continue;
    std::vector<Cell> row = Label(group);
    AppendVariant(group, no_sync, &group, no_sync, Exposed, row);
    AppendVariant(group, synthetic, &group, synthetic, Data, row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table OverlapOffTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "overlap_off";
  table.title = "Overlap off";
  table.caption =
      "What sending buckets during the backward pass buys: gain = T(--nooverlap"
      ") - T, beside the communication that was hidden (busy - exposed) as "
      "measured.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"step", "ms", true},
                   {"off #", ""},
                   {"off step", "ms", true},
                   {"gain", "ms", true},
                   {"hidden", "ms", true}};
  for (const RunGroup& group : groups) {
    if (!Communicates(group.configuration) || IsOverlapOff(group)) continue;
    const RunGroup* const off =
        FindVariant(groups, group, kOverlapTrait, "off");
    if (off == nullptr) continue;
    std::vector<Cell> row = Label(group);
    AppendVariant(group, off, off, &group, Hidden, row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace lockstep::analysis
