#include "analysis/breakdown_table.h"

#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

constexpr int kDigits = 3;  // ten columns with intervals must fit a line

Cell Milliseconds(const Estimate& seconds) {
  return Figure(seconds, 1e3, kDigits);
}

double Total(const StepParts& parts) { return parts.total; }
double Data(const StepParts& parts) { return parts.data; }
double Forward(const StepParts& parts) { return parts.forward; }
double Backward(const StepParts& parts) { return parts.backward; }
double Compute(const StepParts& parts) { return parts.Compute(); }
double Exposed(const StepParts& parts) { return parts.exposed; }
double Optimizer(const StepParts& parts) { return parts.optimizer; }
double Other(const StepParts& parts) { return parts.Other(); }
double Busy(const StepParts& parts) { return parts.busy; }
double PeerWait(const StepParts& parts) { return parts.peer_wait; }

std::vector<Cell> Label(const RunGroup& group) {
  return {Count(group.number), Count(group.configuration.world_size),
          Count(group.configuration.batch_size_per_rank)};
}

Cell Communication(const RunGroup& group, double (*part)(const StepParts&)) {
  if (group.configuration.world_size == 1) return Missing();
  return Milliseconds(PartTime(group, part));
}

std::vector<Cell> BreakdownRow(const RunGroup& group) {
  std::vector<Cell> row = Label(group);
  for (const auto part : {Data, Forward, Backward, Compute})
    row.push_back(Milliseconds(PartTime(group, part)));
  row.push_back(Communication(group, Exposed));
  for (const auto part : {Optimizer, Other, Total})
    row.push_back(Milliseconds(PartTime(group, part)));
  return row;
}

std::vector<Cell> OverlapRow(const RunGroup& group) {
  const Estimate exposed = PartTime(group, Exposed);
  std::vector<Cell> row = Label(group);
  row.push_back(Milliseconds(PartTime(group, Compute)));
  row.push_back(Milliseconds(PartTime(group, Busy)));
  row.push_back(Milliseconds(exposed));
  row.push_back(Figure(Apply(OverlapPercent, exposed, PartTime(group, Busy)), 1,
                       kDigits));
  row.push_back(Milliseconds(PartTime(group, PeerWait)));
  return row;
}

}  // namespace

Table BreakdownTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "breakdown";
  table.title = "Compute and communication";
  table.caption =
      "Time per step in ms, median over ranks: data + forward + backward + "
      "exposed communication + optimiser + other = step; compute = forward + "
      "backward.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"data", "ms", true},
                   {"forward", "ms", true},
                   {"backward", "ms", true},
                   {"compute", "ms", true},
                   {"exposed", "ms", true},
                   {"optimiser", "ms", true},
                   {"other", "ms", true},
                   {"step", "ms", true}};
  for (const RunGroup& group : groups)
    table.rows.push_back(BreakdownRow(group));
  return table;
}

Table OverlapTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "overlap";
  table.title = "Overlap";
  table.caption =
      "Communication per step, median over ranks: busy = union of the "
      "collectives; exposed = not hidden by the backward pass; overlap = 1 - "
      "exposed / busy; peer wait = waiting for later ranks, part of busy.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"compute", "ms", true},
                   {"busy", "ms", true},
                   {"exposed", "ms", true},
                   {"overlap", "%", true},
                   {"peer wait", "ms", true}};
  for (const RunGroup& group : groups)
    if (group.configuration.world_size > 1)
      table.rows.push_back(OverlapRow(group));
  return table;
}

}  // namespace lockstep::analysis
