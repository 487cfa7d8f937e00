// The fault matrix: what is done to a run of three ranks, when, and what must
// come of it. Data only; docs/reliability.md is written from it.

#ifndef LOCKSTEP_TRAIN_FAULTS_CELLS_H_
#define LOCKSTEP_TRAIN_FAULTS_CELLS_H_

#include <string>
#include <vector>

#include "train/faults/control.h"

namespace lockstep {

inline constexpr int kFaultRanks = 3;

enum class Fault {
  kKill,
  kStop,
  kThrow,
  kFullDisk,
  kLinkCut,
  kLoss,
  kGarbage,
  kOtherBuild,
  kClockStep,
};

struct FaultRow {
  Fault fault;
  const char* name;
  const char* how;
  bool needs_hosts;   // network and mount namespaces
  bool takes_a_rank;  // that a rendezvous then waits for in vain
};
const std::vector<FaultRow>& Faults();

enum class Phase {
  kRendezvous,
  kFirstStep,
  kMidStep,
  kEvaluation,
  kCheckpoint,
  kEnd,
};

struct PhaseRow {
  Phase phase;
  const char* name;
  const char* moment;
  Gate gate;            // kNone: the third rank has not been started
  int passes;           // through the gate before
  bool only_rank_0;     // comes to the gate
  bool has_checkpoint;  // there is one to go on from
};
const std::vector<PhaseRow>& Phases();

enum class Outcome {
  kCompletes,  // all exit 0, with the undisturbed run's parameters
  kAllEnd,     // the victim's exit code, 3 of the others, who name it
  kRefused,    // all say the same and exit with 2
  kRank0Ends,  // the others have their results and exit with 0
};

struct Expectation {
  Outcome outcome = Outcome::kCompletes;
  int victim = 1;
  std::vector<int> victim_codes;  // any of them
  std::string cause;              // what all who fail say
};
Expectation ExpectationOf(const FaultRow& fault, const PhaseRow& phase);

// A cell of the document, without the time that it took.
std::string Describe(const Expectation& expected);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_CELLS_H_
