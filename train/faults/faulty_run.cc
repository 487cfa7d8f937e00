#include "train/faults/faulty_run.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "train/faults/hosts.h"
#include "train/faults/strangers.h"

namespace lockstep {
namespace {

// Looks, 5 ms apart, in which nothing changes: before a rank stays connected to
// rank 0's store it only knocks.
constexpr int kSteadyLooks = 100;

}  // namespace

std::string FaultyRunFlags() {
  return "--model lenet --train_images 96 --batch_size 4 --test_images 24 "
         "--epochs 3 --checkpoint_every 1 --lr 0.01 ";
}

FaultyRun::FaultyRun(const FaultyPlace& place, const PhaseRow& phase,
                     const std::string& more_flags)
    : place_(place),
      phase_(phase),
      flags_(FaultyRunFlags() + more_flags),
      meeting_(NewRunPlace(kFaultRanks, place.output_dir)),
      processes_(place.folder) {
  for (int r = 0; r < kFaultRanks; ++r) MapControl(r);
  const int coming =
      phase.phase == Phase::kRendezvous ? kFaultRanks - 1 : kFaultRanks;
  for (int r = 0; r < coming; ++r) Start(r);
}

FaultyRun::~FaultyRun() {
  GoOn();
  for (FaultControl* control : controls_) munmap(control, sizeof(*control));
}

std::string FaultyRun::ControlPath(int rank) const {
  return absl::StrCat(place_.folder, "/control", rank);
}

void FaultyRun::MapControl(int rank) {
  const int fd = open(ControlPath(rank).c_str(), O_RDWR | O_CREAT, 0666);
  (void)!ftruncate(fd, sizeof(FaultControl));
  controls_.push_back(static_cast<FaultControl*>(
      mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED,
           fd, 0)));
  close(fd);
  controls_[rank]->passes = phase_.passes;
  controls_[rank]->gate = phase_.gate;
}

std::string FaultyRun::address(int rank) const {
  return place_.has_hosts ? HostAddress(rank) : "127.0.0.1";
}

void FaultyRun::Start(int rank, const std::string& program,
                      const std::string& more_flags) {
  const std::string moments =
      std::filesystem::absolute("train/faults/libmoments.so");
  processes_.Start(absl::StrCat(
      "exec ", place_.has_hosts ? OnHost(rank) : "", "env RANK=", rank,
      " WORLD_SIZE=", kFaultRanks,
      place_.has_hosts ? " LOCAL_RANK=0 LOCAL_WORLD_SIZE=1"
                       : absl::StrCat(" LOCAL_RANK=", rank,
                                      " LOCAL_WORLD_SIZE=", kFaultRanks),
      " MASTER_ADDR=", address(0), " MASTER_PORT=", meeting_.port,
      " LD_PRELOAD=", moments, " ", kControlVariable, "=", ControlPath(rank),
      " ", program, " --threads 1 ",
      place_.has_hosts ? "--interface eth0 " : "", "--output_dir ",
      place_.output_dir, " ", flags_, " ", more_flags));
}

bool FaultyRun::AwaitMoment() {
  if (phase_.gate == Gate::kNone) {
    // The store's ends of the connections of ranks 0 and 1.
    int steady = 0;
    const int wanted = place_.has_hosts ? 2 : 4;
    return Await([&] {
      const int now = ConnectionsAt(processes_.pid(0), meeting_.port);
      steady = now == wanted ? steady + 1 : 0;
      return steady == kSteadyLooks;
    });
  }
  const int last = phase_.only_rank_0 ? 0 : kFaultRanks - 1;
  for (int r = 1; r < kFaultRanks && phase_.phase == Phase::kEnd; ++r)
    processes_.Wait(r);
  return Await([&] {
    for (int r = 0; r <= last; ++r)
      if (controls_[r]->waits == 0) return false;
    return true;
  });
}

void FaultyRun::GoOn() {
  for (FaultControl* control : controls_) control->released = 1;
}

}  // namespace lockstep
