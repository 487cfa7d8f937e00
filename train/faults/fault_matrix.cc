// Runs the fault matrix and writes docs/reliability.md.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"
#include "tools/cli/temporary_folder.h"
#include "train/faults/cells.h"
#include "train/faults/document.h"
#include "train/faults/hosts.h"
#include "train/faults/run_cell.h"

ABSL_FLAG(std::vector<std::string>, faults, {},
          "[matrix] rows of docs/reliability.md to run; default: all");
ABSL_FLAG(std::vector<std::string>, phases, {},
          "[matrix] moments of docs/reliability.md to run; default: all");
ABSL_FLAG(std::string, output, "",
          "[matrix] the document to write, if all went as expected");

namespace lockstep {
namespace {

// A run leaves 2 MB; rank 0 then has none left for a record of 40 KB.
constexpr char kDiskSize[] = "16m";

bool IsWanted(const std::vector<std::string>& wanted, const char* name) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), name) > 0;
}

// Other work on this machine slows the cells down.
double Load() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

class MatrixRun {
 public:
  absl::Status Run() {
    absl::Status status = folder_.Make();
    if (!status.ok()) return status;
    hosts_ = MakeHosts(kFaultRanks);
    if (!hosts_.ok())
      std::printf("SKIPPED: what needs hosts: %s\n",
                  std::string(hosts_.message()).c_str());
    const auto place = NewPlace("undisturbed", false);
    if (!place.ok()) return place.status();
    checksum_ = UndisturbedChecksum(*place);
    if (checksum_.empty())
      return absl::InternalError("the undisturbed run failed");
    for (size_t f = 0; f < Faults().size(); ++f)
      for (size_t p = 0; p < Phases().size(); ++p) RunOne(f, p);
    std::printf("%d cells as expected, %d not\n", good_, bad_);
    if (bad_ > 0)
      return absl::InternalError(absl::StrCat(bad_, " cells not as expected"));
    return Write();
  }

 private:
  // A folder for a run, on a disk of its own if it is to be filled.
  absl::StatusOr<FaultyPlace> NewPlace(const std::string& name, bool disk) {
    FaultyPlace place;
    place.folder = absl::StrCat(folder_.path(), "/", name);
    place.output_dir = place.folder + "/disk/run";
    place.has_hosts = hosts_.ok();
    std::error_code error;
    std::filesystem::create_directories(place.folder + "/disk", error);
    if (!disk) return place;
    const absl::Status status = RunShell(absl::StrCat(
        "mount -t tmpfs -o size=", kDiskSize, " none ", place.folder, "/disk"));
    if (!status.ok()) return status;
    return place;
  }

  void RunOne(size_t f, size_t p) {
    const FaultRow& fault = Faults()[f];
    const PhaseRow& phase = Phases()[p];
    if (!IsWanted(absl::GetFlag(FLAGS_faults), fault.name) ||
        !IsWanted(absl::GetFlag(FLAGS_phases), phase.name) ||
        (fault.needs_hosts && !hosts_.ok()))
      return;
    const std::string name = absl::StrCat(f, "-", p);
    const auto place = NewPlace(name, fault.fault == Fault::kFullDisk);
    CellResult result;
    if (place.ok()) {
      result = RunCell(fault, phase, *place, checksum_);
    } else {
      result.problems = {std::string(place.status().message())};
    }
    Report(fault, phase, result);
    if (result.problems.empty()) seconds_[f][p] = result.seconds;
  }

  void Report(const FaultRow& fault, const PhaseRow& phase,
              const CellResult& result) {
    const bool good = result.problems.empty();
    ++(good ? good_ : bad_);
    std::printf("%-13s | %-10s | %s | %.1f s | %s\n", fault.name, phase.name,
                good ? "as expected" : "NOT AS EXPECTED", result.seconds,
                absl::StrReplaceAll(result.line, {{"\n", " "}}).c_str());
    for (const std::string& problem : result.problems)
      std::printf("  %s\n", problem.c_str());
    std::fflush(stdout);
  }

  absl::Status Write() const {
    const std::string path = ResolveUserPath(absl::GetFlag(FLAGS_output));
    if (path.empty()) return absl::OkStatus();
    return WriteFileAtomically(
        path,
        ReliabilityDocument(
            seconds_, absl::StrFormat("%d cores of %s, load average %.1f.",
                                      UsableCores(), CpuName(), Load())));
  }

  TemporaryFolder folder_;
  absl::Status hosts_;
  std::string checksum_;
  CellSeconds seconds_ = CellSeconds(
      Faults().size(), std::vector<std::optional<double>>(Phases().size()));
  int good_ = 0, bad_ = 0;
};

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return lockstep::RunMain(
      argc, argv,
      "runs the fault matrix of docs/reliability.md: real ranks, real faults.",
      [](const std::vector<std::string>&) {
        return lockstep::MatrixRun().Run();
      });
}
