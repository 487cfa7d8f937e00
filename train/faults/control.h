// What a test and the preloaded library (moments.cc) say to each other about
// one rank, in a file that both have mapped.

#ifndef LOCKSTEP_TRAIN_FAULTS_CONTROL_H_
#define LOCKSTEP_TRAIN_FAULTS_CONTROL_H_

#include <atomic>
#include <cstdint>

namespace lockstep {

// The variable with the file's path.
inline constexpr char kControlVariable[] = "LOCKSTEP_FAULT_CONTROL";

// Places in the trainer that a rank comes through.
enum class Gate : int32_t {
  kNone,
  kTrainingForward,    // a convolution whose gradient is wanted
  kEvaluationForward,  // one whose gradient is not
  kCheckpointFile,     // written, not yet renamed; rank 0 only
  kModelFile,          // model.onnx is about to be written; rank 0 only
};

// Zero at first. The test writes the first five, the rank the last two.
struct FaultControl {
  std::atomic<Gate> gate;             // where to wait
  std::atomic<int32_t> passes;        // times to come through it before
  std::atomic<int32_t> released;      // go on
  std::atomic<int32_t> throws;        // go on with an exception, once
  std::atomic<int64_t> clock_step_s;  // added to the wall clock
  std::atomic<int32_t> waits;         // the rank stands at the gate
  std::atomic<int32_t> clock_looks;   // at the stepped wall clock
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_FAULTS_CONTROL_H_
