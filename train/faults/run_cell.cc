#include "train/faults/run_cell.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record_io.h"
#include "tools/cli/exit_code.h"
#include "train/faults/inject.h"
#include "train/testing_run_files.h"

namespace lockstep {
namespace {

// What is promised (README.md, "When something goes wrong").
constexpr double kPromise = 10;  // seconds
// Of a run that takes 2 s: a clock that steps by an hour shows.
constexpr double kLongest = 600;

class Cell {
 public:
  Cell(const FaultRow& fault, const PhaseRow& phase, const FaultyPlace& place,
       const std::string& checksum)
      : fault_(fault),
        phase_(phase),
        place_(place),
        checksum_(checksum),
        expected_(ExpectationOf(fault, phase)),
        run_(place, phase,
             fault.fault == Fault::kStop ? "--step_timeout 3" : "") {}

  CellResult Run() {
    if (Disturb() && expected_.outcome != Outcome::kCompletes &&
        phase_.has_checkpoint)
      CheckThatItGoesOn();
    return result_;
  }

 private:
  template <typename... Words>
  void Fail(const Words&... words) {
    result_.problems.push_back(absl::StrCat(words...));
  }

  // The run until its end. False if it was not as it should be before.
  bool Disturb() {
    Harm harm;
    if (!run_.AwaitMoment()) {
      Fail("its moment did not come: ", run_.processes().error(0));
      return false;
    }
    run_.processes().Fault(0, 0);  // starts the clock
    const absl::Status status =
        Inject(fault_, phase_, place_, expected_.victim, run_, harm);
    if (!status.ok()) {
      Fail(status.message());
      return false;
    }
    if (AllCome()) run_.Start(kFaultRanks - 1);
    run_.GoOn();
    Collect();
    Judge();
    if (result_.line.empty()) result_.line = harm.done;
    JudgeHarm();
    return true;
  }

  bool meets() const { return phase_.phase == Phase::kRendezvous; }

  // The rendezvous goes on with the third rank.
  bool AllCome() const {
    return meets() && !fault_.takes_a_rank &&
           fault_.fault != Fault::kOtherBuild;
  }

  int ranks() const {
    return meets() && fault_.takes_a_rank ? kFaultRanks - 1 : kFaultRanks;
  }

  // Those that were stopped go on when the others have ended.
  void Collect() {
    Processes& all = run_.processes();
    const bool stopped = fault_.fault == Fault::kStop;
    const int victim = expected_.victim;
    for (int r = 0; r < ranks(); ++r)
      if (!stopped || r != victim) all.Wait(r);
    if (stopped) {
      kill(all.pid(victim), SIGCONT);
      all.Wait(victim);
    }
    for (int r = 0; r < ranks(); ++r) {
      ends_.push_back(all.Wait(r));
      const bool left = phase_.phase == Phase::kEnd && r != 0;
      if (!left && (!stopped || r != victim))
        result_.seconds = std::max(result_.seconds, ends_[r].seconds);
    }
  }

  void Judge() {
    for (int r = 0; r < ranks(); ++r) JudgeRank(r, ends_[r]);
    if (result_.seconds > kPromise && expected_.outcome != Outcome::kCompletes)
      Fail("it took ", result_.seconds, " s");
    if (expected_.outcome == Outcome::kCompletes &&
        Checksum(ends_[0].out) != checksum_)
      Fail("other parameters: ", Checksum(ends_[0].out));
    JudgeRecord();
  }

  std::vector<int> CodesOf(int rank) const {
    switch (expected_.outcome) {
      case Outcome::kCompletes:
        return {kExitOk};
      case Outcome::kRefused:
        return {kExitUsage};
      case Outcome::kAllEnd:
        if (rank != expected_.victim) return {kExitPeerFailed};
        break;
      case Outcome::kRank0Ends:
        if (rank != expected_.victim) return {kExitOk};
        break;
    }
    return expected_.victim_codes;
  }

  void JudgeRank(int rank, const Ended& end) {
    const std::vector<int> codes = CodesOf(rank);
    if (std::count(codes.begin(), codes.end(), end.code) == 0)
      Fail("rank ", rank, " exits with ", end.code, ": ", end.error);
    if (end.code == kExitOk || end.code > 128) return;
    const bool survives = rank != expected_.victim;
    if (survives || result_.line.empty()) result_.line = end.error;
    if (!absl::StrContains(end.error, "ddp: error: "))
      Fail("rank ", rank, " has no last word: ", end.error);
    if (!survives && fault_.fault != Fault::kThrow) return;
    if (!absl::StrContains(end.error, CauseOn(rank)))
      Fail("rank ", rank, " does not say '", CauseOn(rank), "': ", end.error);
    const std::string name = absl::StrCat("rank ", expected_.victim, " (host ");
    if (expected_.outcome == Outcome::kAllEnd && survives &&
        !absl::StrContains(end.error, name))
      Fail("rank ", rank, " does not name rank ", expected_.victim, ": ",
           end.error);
  }

  // While ranks meet, the others know only that one is gone.
  std::string CauseOn(int rank) const {
    return rank == expected_.victim && fault_.fault == Fault::kThrow
               ? "an injected exception"
               : expected_.cause;
  }

  // That it was done at all; nothing breaks where nothing happens.
  void JudgeHarm() {
    if (fault_.fault == Fault::kLoss) {
      const int64_t lost = LostPackets();
      result_.line = absl::StrCat(lost, " packets were lost");
      if (lost == 0 && phase_.phase != Phase::kEnd) Fail("no packet was lost");
    }
    if (fault_.fault == Fault::kClockStep) {
      result_.line = absl::StrCat(run_.control(0).clock_looks.load(), ", ",
                                  run_.control(1).clock_looks.load(), " and ",
                                  run_.control(2).clock_looks.load(),
                                  " looks at the wrong clocks");
    }
    if (fault_.fault == Fault::kOtherBuild && !meets()) {
      const Ended stranger = run_.processes().Wait(kFaultRanks);
      result_.line = stranger.error;
      if (stranger.code != kExitRendezvous)
        Fail("the other build exits with ", stranger.code);
    }
  }

  void JudgeRecord() {
    if (meets() && expected_.outcome != Outcome::kCompletes) return;
    const auto file = ReadRecordFile(place_.output_dir + "/run.rec");
    if (!file.ok()) return Fail(file.status().message());
    if (!file->problem.ok()) return Fail(file->problem.message());
    for (const Record& record : file->records) JudgeTimes(record);
    const End& end = file->records.back().end();
    const bool full = fault_.fault == Fault::kFullDisk;
    const bool completes = expected_.outcome == Outcome::kCompletes;
    const auto reason = completes ? End::COMPLETED : End::FAILED;
    // A full disk takes no end; nobody is left to write that of a killed rank
    // 0.
    const bool may_miss = full || expected_.outcome == Outcome::kRank0Ends;
    if (!file->records.back().has_end() && may_miss) return;
    if (end.reason() != reason)
      Fail("the record ends with ", End::Reason_Name(end.reason()));
    if (!absl::StrContains(end.message(), expected_.cause))
      Fail("the record says '", end.message(), "'");
  }

  void JudgeTimes(const Record& record) {
    const auto judge = [&](const char* what, double seconds) {
      if (seconds < 0 || seconds > kLongest)
        Fail("the record has ", what, " of ", seconds, " s");
    };
    judge("an end", record.end().wall_s());
    judge("an evaluation", record.epoch().evaluation_s());
    judge("an epoch", record.epoch().elapsed_s());
    for (const RankEpoch& rank : record.epoch().ranks())
      judge("a rank's epoch", rank.total_s());
    for (double step : record.epoch().step_time_s()) judge("a step", step);
  }

  // --resume reaches what the undisturbed run reached.
  void CheckThatItGoesOn() {
    Processes again(place_.folder);
    again.Start(absl::StrCat("exec train/ddp --nproc ", kFaultRanks,
                             " --threads 1 --resume --output_dir ",
                             place_.output_dir, " ", FaultyRunFlags()));
    const Ended end = again.Wait(0);
    if (end.code != kExitOk)
      return Fail("--resume exits with ", end.code, ": ", end.error);
    if (Checksum(end.out) != checksum_)
      Fail("--resume ends with other parameters: ", Checksum(end.out));
  }

  const FaultRow& fault_;
  const PhaseRow& phase_;
  const FaultyPlace place_;
  const std::string checksum_;
  const Expectation expected_;
  FaultyRun run_;
  std::vector<Ended> ends_;
  CellResult result_;
};

}  // namespace

CellResult RunCell(const FaultRow& fault, const PhaseRow& phase,
                   const FaultyPlace& place, const std::string& checksum) {
  return Cell(fault, phase, place, checksum).Run();
}

std::string UndisturbedChecksum(const FaultyPlace& place) {
  FaultyRun run(place, Phases().back(), "");
  run.GoOn();
  const Ended end = run.processes().Wait(0);
  return end.code == kExitOk ? Checksum(end.out) : "";
}

}  // namespace lockstep
