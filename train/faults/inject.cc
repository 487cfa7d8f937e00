#include "train/faults/inject.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tools/build_info.h"
#include "tools/cli/file.h"
#include "train/faults/hosts.h"

namespace lockstep {
namespace {

constexpr int64_t kHour = 3600;  // seconds

// Writes until the file system has no byte left.
std::string FillDisk(const std::string& folder) {
  const std::string path = folder + "/filler";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  for (size_t size : {size_t{1} << 20, size_t{4096}, size_t{1}}) {
    const std::string zeros(size, '\0');
    while (write(fd, zeros.data(), size) > 0) {
    }
  }
  close(fd);
  return path;
}

constexpr char kLosePackets[] =
    "nft 'table inet loss { chain in { type filter hook input priority 0; "
    "iifname eth0 numgen random mod 100 0 counter drop; }; }'";

// On every host.
std::string EverywhereDo(const std::string& command) {
  std::string all;
  for (int r = 0; r < kFaultRanks; ++r)
    absl::StrAppend(&all, OnHost(r), command, "; ");
  return all;
}

std::unique_ptr<Strangers> ScanPorts(FaultyRun& run, int ranks) {
  auto strangers = std::make_unique<Strangers>();
  for (int r = 0; r < ranks; ++r)
    for (int port : ListeningPorts(run.processes().pid(r)))
      strangers->Pester(run.address(r), port);
  return strangers;
}

absl::Status StartOtherBuild(const FaultyPlace& place, bool all_met,
                             FaultyRun& run) {
  const auto program = MakeOtherBuild(place.folder);
  if (!program.ok()) return program.status();
  if (all_met) {
    run.Start(1, *program, "--init_timeout 1");
    run.processes().Wait(kFaultRanks);
  } else {
    run.Start(kFaultRanks - 1, *program);
  }
  return absl::OkStatus();
}

}  // namespace

Harm::~Harm() {
  if (!undo.empty()) RunShell(undo).IgnoreError();
}

absl::Status Inject(const FaultRow& fault, const PhaseRow& phase,
                    const FaultyPlace& place, int victim, FaultyRun& run,
                    Harm& harm) {
  const bool all_met = phase.phase != Phase::kRendezvous;
  switch (fault.fault) {
    case Fault::kKill:
      run.processes().Fault(victim, SIGKILL);
      return absl::OkStatus();
    case Fault::kStop:
      run.processes().Fault(victim, SIGSTOP);
      return absl::OkStatus();
    case Fault::kThrow:
      run.control(victim).throws = 1;
      return absl::OkStatus();
    case Fault::kFullDisk:
      harm.undo = absl::StrCat(
          "rm ",
          FillDisk(std::filesystem::path(place.output_dir).parent_path()));
      return absl::OkStatus();
    case Fault::kLinkCut:
      harm.undo = absl::StrCat("ip -n n", victim, " link set eth0 up");
      return RunShell(absl::StrCat("ip -n n", victim, " link set eth0 down"));
    case Fault::kLoss:
      harm.undo = EverywhereDo("nft delete table inet loss");
      return RunShell(EverywhereDo(kLosePackets));
    case Fault::kGarbage:
      harm.strangers = ScanPorts(run, all_met ? kFaultRanks : kFaultRanks - 1);
      harm.done = absl::StrCat(harm.strangers->count(), " strangers came");
      return harm.strangers->count() > 0
                 ? absl::OkStatus()
                 : absl::InternalError("no port let a stranger in");
    case Fault::kOtherBuild:
      return StartOtherBuild(place, all_met, run);
    case Fault::kClockStep:
      run.control(1).clock_step_s = kHour;
      run.control(2).clock_step_s = -kHour;
      if (phase.phase == Phase::kEnd) run.control(0).clock_step_s = kHour;
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

int64_t LostPackets() {
  const auto text = ShellOutput(EverywhereDo("nft list table inet loss"));
  int64_t lost = 0;
  for (absl::string_view rest :
       absl::StrSplit(text.value_or(""), "counter packets "))
    lost += atoll(std::string(rest).c_str());  // 0 before the first
  return lost;
}

absl::StatusOr<std::string> MakeOtherBuild(const std::string& folder) {
  const auto program = ReadFile("train/ddp");
  if (!program.ok()) return program.status();
  std::string other = GitRevision();
  other[0] = other[0] == 'f' ? 'e' : 'f';
  const std::string path = folder + "/other/train/ddp";
  std::error_code error;
  std::filesystem::create_directories(folder + "/other/train", error);
  const absl::Status status = WriteFileAtomically(
      path, absl::StrReplaceAll(*program, {{GitRevision(), other}}));
  if (!status.ok()) return status;
  chmod(path.c_str(), 0755);
  // Where it looks for LibTorch.
  for (const auto& entry : std::filesystem::directory_iterator(".", error))
    if (absl::StartsWith(entry.path().filename().string(), "_solib"))
      std::filesystem::create_directory_symlink(
          std::filesystem::absolute(entry.path()),
          folder + "/other/" + entry.path().filename().string(), error);
  return path;
}

}  // namespace lockstep
