// What measuring costs a training step.
//
// Measuring cannot be switched off, and a switch would be in its own way. So
// it is done twice in every second step, and the difference is its cost:
//   single  a step of the trainer as it is, with its stamps;
//   double  the same, and all that measuring does once more: the stamps of the
//           step and of each bucket, Reducer::Timings(), the ticks of the
//           lifeline, and the step's share of an epoch's encoding, decoding and
//           run record.
// Steps of the two kinds alternate, so that a slow minute meets both.

#ifndef LOCKSTEP_TRAIN_MEASURE_COST_H_
#define LOCKSTEP_TRAIN_MEASURE_COST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep {

struct MeasureCostOptions {
  std::string model = "resnet20";
  int batch_size = 32;      // per rank
  int world_size = 2;       // ranks as threads of this process, over Gloo
  int pairs = 50;           // of steps, one of each kind; at least 1
  int warmup = 5;           // steps of each rank that count nothing
  std::string record_path;  // a file that does not exist; written
};

// Microseconds; of rank 0.
struct MeasureCost {
  std::vector<double> single_us, double_us;  // one a pair
  std::vector<double> measuring_us;  // the second measuring of each double step
};

// Computes with one thread a rank. InvalidArgument for another model;
// Unavailable when a rank cannot connect.
absl::StatusOr<MeasureCost> MeasureMeasuring(const MeasureCostOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_MEASURE_COST_H_
