#include "train/faults/cells.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/cli/exit_code.h"

namespace lockstep {
namespace {

constexpr int kKilled = 128 + 9;

Expectation AllEnd(int victim, std::vector<int> codes, const char* cause) {
  return {Outcome::kAllEnd, victim, std::move(codes), cause};
}

Expectation Rank0Ends(int code, const char* cause) {
  return {Outcome::kRank0Ends, 0, {code}, cause};
}

// The others have left when rank 0 writes the model.
Expectation AtTheEnd(Fault fault) {
  switch (fault) {
    case Fault::kKill:
      return Rank0Ends(kKilled, "");
    case Fault::kThrow:
      return Rank0Ends(kExitFailed, "an injected exception");
    case Fault::kFullDisk:
      return Rank0Ends(kExitFailed, "No space left on device");
    default:
      return {Outcome::kCompletes, 0, {}, ""};
  }
}

// Before there are lifelines.
Expectation WhileMeeting(Fault fault) {
  const char* silent = "no sign of life";
  switch (fault) {
    case Fault::kKill:
      return AllEnd(1, {kKilled}, silent);
    case Fault::kStop:
    case Fault::kLinkCut:
      return AllEnd(1, {kExitPeerFailed}, silent);
    case Fault::kThrow:
      return AllEnd(1, {kExitFailed}, silent);
    case Fault::kFullDisk:
      return AllEnd(0, {kExitFailed}, "No space left on device");
    case Fault::kOtherBuild:
      return {Outcome::kRefused, 2, {}, "start the same build on all hosts"};
    default:
      return {};
  }
}

// Who strikes rank 0 at work on a file has more to break.
Expectation AtWork(Fault fault, int victim) {
  switch (fault) {
    case Fault::kKill:
      return AllEnd(victim, {kKilled}, "its connection closed");
    case Fault::kStop:
      return AllEnd(victim, {kExitFailed, kExitPeerFailed}, "no progress");
    case Fault::kThrow:
      return AllEnd(victim, {kExitFailed}, "an injected exception");
    case Fault::kFullDisk:
      return AllEnd(0, {kExitFailed}, "No space left on device");
    case Fault::kLinkCut:
      return AllEnd(1, {kExitPeerFailed}, "no answer over the network");
    default:
      return {};
  }
}

}  // namespace

const std::vector<FaultRow>& Faults() {
  static const std::vector<FaultRow> rows = {
      {Fault::kKill, "kill -9", "SIGKILL to one rank", false, true},
      {Fault::kStop, "SIGSTOP",
       "one rank is stopped, and continued when the others have ended", false,
       true},
      {Fault::kThrow, "exception",
       "the next allocation of one rank's training thread throws", false, true},
      {Fault::kFullDisk, "full disk",
       "the file system of `--output_dir` is filled to its last byte", true,
       false},
      {Fault::kLinkCut, "link cut", "`ip link set eth0 down` on one host", true,
       true},
      {Fault::kLoss, "1 % loss",
       "every host's kernel drops 1 % of the packets that come in", true,
       false},
      {Fault::kGarbage, "port scan",
       "random bytes, HTTP, TLS, our own greetings followed by nonsense, and "
       "silence to every port that a rank listens on; some connections stay",
       false, false},
      {Fault::kOtherBuild, "another build",
       "a rank of another git revision comes, after the rendezvous as a "
       "second rank 1, which is not let in and exits with 4",
       false, false},
      {Fault::kClockStep, "clock step",
       "rank 1's wall clock jumps forward by 1 h, rank 2's back by 1 h; at the "
       "end, when these have left, rank 0's forward",
       false, false},
  };
  return rows;
}

// The run has 3 epochs of 8 steps; a pass has two convolutions.
const std::vector<PhaseRow>& Phases() {
  static const std::vector<PhaseRow> rows = {
      {Phase::kRendezvous, "rendezvous", "ranks 0 and 1 wait for rank 2",
       Gate::kNone, 0, false, false},
      {Phase::kFirstStep, "first step", "all ranks begin their first forward",
       Gate::kTrainingForward, 0, false, false},
      {Phase::kMidStep, "mid-step",
       "all ranks are in the forward of step 12 of 24", Gate::kTrainingForward,
       2 * 11 + 1, false, true},
      {Phase::kEvaluation, "evaluation",
       "all ranks evaluate for the second time", Gate::kEvaluationForward, 2,
       false, true},
      {Phase::kCheckpoint, "checkpoint",
       "rank 0 has written the second checkpoint's temporary file, the others "
       "wait",
       Gate::kCheckpointFile, 1, true, true},
      {Phase::kEnd, "end",
       "rank 0 is about to write the model, the others have left",
       Gate::kModelFile, 0, true, true},
  };
  return rows;
}

Expectation ExpectationOf(const FaultRow& fault, const PhaseRow& phase) {
  if (phase.phase == Phase::kEnd) return AtTheEnd(fault.fault);
  if (phase.phase == Phase::kRendezvous) return WhileMeeting(fault.fault);
  return AtWork(fault.fault, phase.only_rank_0 ? 0 : 1);
}

std::string Describe(const Expectation& e) {
  const std::string codes = absl::StrJoin(e.victim_codes, " or ");
  switch (e.outcome) {
    case Outcome::kCompletes:
      return "completes, same bits";
    case Outcome::kAllEnd:
      return absl::StrCat("all end: rank ", e.victim, " with ", codes,
                          ", the others with 3, naming it");
    case Outcome::kRefused:
      return "all refuse with 2, naming the cause";
    case Outcome::kRank0Ends:
      return absl::StrCat("rank 0 ends with ", codes, ", the others with 0");
  }
  return "";
}

}  // namespace lockstep
