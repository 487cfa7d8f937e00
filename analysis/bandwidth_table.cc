#include "analysis/bandwidth_table.h"

#include "absl/strings/str_cat.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

double Transfer(const StepParts& parts) { return parts.transfer; }

// Why a configuration has no bandwidth; "" if it has one.
std::string WhyNone(const RunGroup& group) {
  const Configuration& c = group.configuration;
  if (c.mechanism != DDP)
    return absl::StrCat("the formulas are those of an all-reduce, not of ",
                        MechanismName(c.mechanism),
                        c.mechanism == DATA_PARALLEL
                            ? ", whose bytes all pass through one replica"
                            : "");
  if (c.gradient_bytes == 0) return "its header has no gradient_bytes";
  if (PartTime(group, Transfer).value <= 0) return "it recorded no collectives";
  return "";
}

std::vector<Cell> Label(const RunGroup& group) {
  return {Count(group.number), Count(group.configuration.world_size),
          Count(group.configuration.batch_size_per_rank)};
}

std::vector<Cell> BandwidthRow(const RunGroup& group, double peak) {
  const Configuration& c = group.configuration;
  const uint64_t steps = group.runs[0].measurement.steps_per_epoch;
  const double bytes = EpochBytes(steps, c.gradient_bytes);
  const Estimate seconds =
      Apply([=](double s) { return s * steps; }, PartTime(group, Transfer));
  const Estimate algbw =
      Apply([=](double s) { return AlgorithmBandwidth(bytes, s); }, seconds);
  const Estimate busbw =
      Apply([=](double b) { return BusBandwidth(b, c.world_size); }, algbw);
  std::vector<Cell> row = Label(group);
  row.push_back(Number(c.gradient_bytes / 1e6));
  row.push_back(Count(steps));
  row.push_back(Number(bytes / 1e9));
  row.push_back(Figure(seconds));
  row.push_back(Figure(algbw));
  row.push_back(Figure(busbw));
  row.push_back(peak > 0 ? Number(peak) : Missing());
  row.push_back(
      peak > 0
          ? Figure(Apply([=](double b) { return UtilisationPercent(b, peak); },
                         busbw))
          : Missing());
  return row;
}

}  // namespace

Table BandwidthTable(const std::vector<RunGroup>& groups,
                     double link_peak_gb_per_s) {
  Table table;
  table.name = "bandwidth";
  table.title = "Bandwidth";
  table.caption =
      "All-reduce of the gradients, per rank: epoch bytes = steps x step "
      "bytes; "
      "transfer = minimum over ranks of each collective, summed; algbw = bytes "
      "/ transfer; busbw = algbw x 2(P-1)/P; utilisation = busbw / declared "
      "peak; GB = 1e9 bytes.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"step bytes", "MB"},
                   {"steps", ""},
                   {"epoch bytes", "GB"},
                   {"transfer", "s", true},
                   {"algbw", "GB/s", true},
                   {"busbw", "GB/s", true},
                   {"peak", "GB/s"},
                   {"utilisation", "%", true}};
  for (const RunGroup& group : groups) {
    const Configuration& c = group.configuration;
    if (!HasParts(group)) continue;  // see the reported numbers
    if (c.world_size > 1 && !Communicates(c)) continue;  // on purpose
    const std::string why = c.world_size == 1 ? "" : WhyNone(group);
    if (!why.empty())
      table.notes.push_back(
          absl::StrCat("#", group.number, " has no bandwidth: ", why));
    if (c.world_size > 1 && why.empty()) {
      table.rows.push_back(BandwidthRow(group, link_peak_gb_per_s > 0
                                                   ? link_peak_gb_per_s
                                                   : c.link_peak_gb_per_s));
      continue;
    }
    table.rows.push_back(Label(group));
    table.rows.back().resize(table.columns.size(), Missing());
  }
  return table;
}

}  // namespace lockstep::analysis
