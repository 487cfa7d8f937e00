#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Different machines or versions in one table. A speedup compares numbers "
    "of "
    "ranks and nothing else: baseline and run need the same device, and the "
    "same "
    "versions of the program, PyTorch, CUDA and NCCL. (Runs on different "
    "devices "
    "are never compared by the tables; a reported table may have done it.)";

constexpr char kHeader[] =
    "label,device,world_size,batch_size_per_rank,epoch_time_s,speedup\n";

void CheckTable(const ReportedTable& table, std::vector<Finding>& findings) {
  std::map<std::string, std::set<std::string>> devices;
  std::map<std::string, std::vector<CellName>> cells;
  for (const ReportedRow& row : table.rows) {
    if (row.device.empty() || !row.epoch_time_s) continue;
    devices[row.label].insert(row.device);
    cells[row.label].push_back(CellOf(row, "device"));
  }
  for (const auto& [label, names] : devices) {
    if (names.size() < 2) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.cells = cells[label];
    finding.what =
        absl::StrCat("rows of one table", label.empty() ? "" : ", " + label,
                     ", were measured on ", absl::StrJoin(names, " and "));
    finding.corrected = "compare runs of one machine, or give each a label";
    findings.push_back(finding);
  }
}

void CheckVersions(const std::vector<RunGroup>& groups,
                   std::vector<Finding>& findings) {
  std::map<Traits, std::map<std::string, int>> versions;  // -> a group
  for (const RunGroup& group : groups)
    for (const Run& run : group.runs)
      if (!run.versions.empty())
        versions[group.configuration.workload].emplace(run.versions,
                                                       group.number);
  for (const auto& [workload, distinct] : versions) {
    if (distinct.size() < 2) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    std::vector<std::string> names;
    for (const auto& [version, number] : distinct) {
      finding.cells.push_back({absl::StrCat("#", number), "model"});
      names.push_back(absl::StrCat("#", number, ": ", version));
    }
    finding.what =
        absl::StrCat("runs that are compared have different versions: ",
                     absl::StrJoin(names, "; "));
    finding.corrected = "measure all with one build";
    findings.push_back(finding);
  }
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const ReportedTable& table : evidence.reported)
    CheckTable(table, findings);
  CheckVersions(evidence.groups, findings);
  return findings;
}

}  // namespace

Rule MixedMachines() {
  return {"E19",
          "different machines or versions in one table",
          kText,
          absl::StrCat(kHeader, "example,A40,1,128,18.311,\n",
                       "example,A100,4,128,5.023,3.65\n"),
          absl::StrCat(kHeader, "example,A40,1,128,18.311,\n",
                       "example,A40,4,128,5.023,3.65\n"),
          Find};
}

}  // namespace lockstep::analysis
