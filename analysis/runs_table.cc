#include "analysis/runs_table.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::analysis {
namespace {

// Traits that have a column of their own, or follow from one.
bool IsShown(const std::string& trait) {
  for (const char* shown :
       {"model", "mechanism", "device", "device name", "launcher",
        "threads per rank", "training images", "num_workers", "global batch",
        "parameters", "gradient bytes"})
    if (trait == shown) return true;
  return false;
}

Traits AllTraits(const RunGroup& group) {
  Traits traits = group.configuration.workload;
  const Traits& setup = group.configuration.setup;
  traits.insert(traits.end(), setup.begin(), setup.end());
  return traits;
}

// Names of the traits without a column in which the groups differ.
std::set<std::string> HiddenDifferences(const std::vector<RunGroup>& groups) {
  std::map<std::string, std::set<std::string>> values;
  for (const RunGroup& group : groups)
    for (const auto& [name, value] : AllTraits(group))
      if (!value.empty()) values[name].insert(value);
  std::set<std::string> names;
  for (const auto& [name, distinct] : values)
    if (distinct.size() > 1 && !IsShown(name)) names.insert(name);
  return names;
}

// The largest error of a rank's clock, if the clocks were compared.
Cell ClockError(const RunGroup& group) {
  double largest_s = 0;
  for (const Run& run : group.runs)
    largest_s = std::max(largest_s, run.clocks.largest_error_s);
  return largest_s > 0 ? Number(largest_s * 1e6) : Missing();
}

// "resumed at step 40", "2 of 3 resumed"; "" if all ran from the start.
std::string Resumed(const RunGroup& group) {
  std::vector<const Run*> resumed;
  for (const Run& run : group.runs)
    if (!run.resumed_run_id.empty()) resumed.push_back(&run);
  if (resumed.empty()) return "";
  if (group.runs.size() == 1)
    return absl::StrCat("resumed at step ", resumed[0]->resumed_at_step);
  return absl::StrCat(resumed.size(), " of ", group.runs.size(), " resumed");
}

Cell IfKnown(const std::string& text) {
  return text.empty() || text == "0" ? Missing() : Text(text);
}

Cell Workers(const Configuration& configuration) {
  const std::string& workers = configuration.loader_workers;
  return workers.empty() ? Missing() : Text(workers);
}

Cell Others(const RunGroup& group, const std::set<std::string>& names) {
  std::vector<std::string> others;
  for (const auto& [name, value] : AllTraits(group))
    if (names.count(name) > 0 && !value.empty())
      others.push_back(absl::StrCat(name, " ", value));
  const std::string resumed = Resumed(group);
  if (!resumed.empty()) others.push_back(resumed);
  return others.empty() ? Missing() : Text(absl::StrJoin(others, ", "));
}

}  // namespace

Table RunsTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "runs";
  table.title = "Runs";
  table.caption =
      "What was measured or reported. P = ranks; # names the row in all "
      "tables; repeats = "
      "records with the same settings; a figure is their median, with its "
      "95 % bootstrap interval; clock error = how well times of two ranks can "
      "be compared, largest over ranks; workers = threads that make batches "
      "ahead, 0 = none.";
  table.columns = {{"#", ""},
                   {"model", ""},
                   {"mechanism", ""},
                   {"launcher", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"threads/rank", ""},
                   {"workers/rank", ""},
                   {"device", ""},
                   {"images", ""},
                   {"repeats", ""},
                   {"clock error", "us"},
                   {"differs in", ""}};
  const std::set<std::string> hidden = HiddenDifferences(groups);
  for (const RunGroup& group : groups) {
    const Configuration& c = group.configuration;
    table.rows.push_back(
        {Count(group.number), Text(c.model), Text(MechanismName(c.mechanism)),
         IfKnown(c.launcher), Count(c.world_size), Count(c.batch_size_per_rank),
         IfKnown(c.threads_per_rank), Workers(c), IfKnown(c.device),
         Count(c.train_images), Count(group.runs.size()), ClockError(group),
         Others(group, hidden)});
  }
  return table;
}

Table LeftOutTable(const std::vector<Run>& runs) {
  Table table;
  table.name = "left_out";
  table.title = "Left out";
  table.caption = "Runs whose times are in no table, and why.";
  table.columns = {{"file", ""}, {"run", ""}, {"reason", ""}};
  for (const Run& run : runs) {
    if (run.left_out.empty()) continue;
    table.rows.push_back({Text(run.path), Text(run.id), Text(run.left_out)});
  }
  return table;
}

}  // namespace lockstep::analysis
