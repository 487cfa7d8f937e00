#include "analysis/breakdown_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

constexpr int kDigits = 3;  // a dozen columns with intervals must fit a line

Cell Milliseconds(const Estimate& seconds) {
  return Figure(seconds, 1e3, kDigits);
}

double Total(const StepParts& parts) { return parts.total; }
double Data(const StepParts& parts) { return parts.data; }
double HostToDevice(const StepParts& parts) { return parts.host_to_device; }
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

struct Part {
  const char* name;
  double (*of)(const StepParts&);
};

constexpr Part kParts[] = {
    {"data", Data},           {"host to device", HostToDevice},
    {"forward", Forward},     {"backward", Backward},
    {"compute", Compute},     {"exposed", Exposed},
    {"optimiser", Optimizer}, {"other", Other},
    {"step", Total}};

// CPUs copy nothing to a device: without a GPU the column would be all 0.
bool CopiesToDevice(const std::vector<RunGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const RunGroup& group) {
    return PartTime(group, HostToDevice).value > 0;
  });
}

std::vector<Part> PartsOf(const std::vector<RunGroup>& groups) {
  std::vector<Part> parts;
  for (const Part& part : kParts)
    if (part.of != HostToDevice || CopiesToDevice(groups))
      parts.push_back(part);
  return parts;
}

Cell PartCell(const RunGroup& group, const Part& part) {
  if (part.of == Exposed && !Communicates(group.configuration))
    return Missing();
  return Milliseconds(PartTime(group, part.of));
}

Cell InputStall(const RunGroup& group) {
  return Figure(
      Apply(InputStallPercent, PartTime(group, Data), PartTime(group, Total)),
      1, kDigits);
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
  table.columns = {{"#", ""}, {"P", ""}, {"batch/rank", ""}};
  const std::vector<Part> parts = PartsOf(groups);
  for (const Part& part : parts)
    table.columns.push_back({part.name, "ms", true});
  table.columns.push_back({"input stall", "%", true});
  table.caption = absl::StrCat(
      "Time per step in ms, median over ranks: data + ",
      CopiesToDevice(groups) ? "host to device + " : "",
      "forward + backward + exposed communication + optimiser + other = step; "
      "compute = forward + backward; input stall = data / step.");
  for (const RunGroup& group : groups) {
    if (!HasParts(group)) continue;
    table.rows.push_back(Label(group));
    for (const Part& part : parts)
      table.rows.back().push_back(PartCell(group, part));
    table.rows.back().push_back(InputStall(group));
  }
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
    if (HasParts(group) && Communicates(group.configuration) &&
        group.configuration.mechanism != DATA_PARALLEL)
      table.rows.push_back(OverlapRow(group));
  return table;
}

}  // namespace lockstep::analysis
