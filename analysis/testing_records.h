// Synthetic runs with known times, for tests.
//
// Every step of every rank takes data + host to device + forward + backward +
// exposed + optimiser + other. Two buckets travel: the first wholly behind the
// backward pass, the second after it. A collective of n bytes takes
//   alpha + 2 (P - 1) / P * n / beta,
// and all ranks but the last wait `peer_wait_s` in the first one. Step i of an
// epoch is 1 + jitter * (i mod 5 - 2) times as long in all its parts, which
// leaves mean and median of 5 k steps as they were.

#ifndef LOCKSTEP_ANALYSIS_TESTING_RECORDS_H_
#define LOCKSTEP_ANALYSIS_TESTING_RECORDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

struct SyntheticRun {
  std::string id = "run";
  std::string model = "resnet18";
  std::string device_name = "Test CPU";
  Mechanism mechanism = SINGLE;
  uint32_t world_size = 1;
  uint32_t batch = 100;
  uint32_t threads = 1;
  uint64_t train_images = 2000;
  uint32_t epochs = 2;
  uint32_t measure_epoch = 1;
  double link_peak_gb_per_s = 0;
  std::map<std::string, std::string> flags;

  // Seconds per step.
  double data_s = 0.001;
  double host_to_device_s = 0;
  double forward_s = 0.010;
  double backward_s = 0.020;
  double optimizer_s = 0.002;
  double other_s = 0.001;

  // The all-reduce: seconds, bytes per second, bytes.
  double alpha_s = 0.001;
  double beta = 1e9;
  uint64_t first_bucket_bytes = 1000000;
  uint64_t second_bucket_bytes = 3000000;
  double peer_wait_s = 0;

  // Ranks after the first: their clocks, and whether they have hosts of their
  // own.
  int64_t clock_offset_ns = 0;
  int64_t clock_error_ns = 0;
  bool many_hosts = false;

  // Of each host, for all its ranks; 0 = not recorded.
  uint32_t cores = 0;

  // A baseline of each bucket and both together, whose collectives take this
  // share of those of the steps; 0 = none was measured.
  double baseline_share = 0;

  double jitter = 0;
  double first_step_extra_s = 1;  // set-up in step 0 of epoch 0
};

// Steps of an epoch: the shards and the last batch are padded.
uint32_t StepsOf(const SyntheticRun& run);

// Duration of a collective of `bytes` without waiting, in seconds.
double ServiceOf(const SyntheticRun& run, uint64_t bytes);

// Duration of a step without jitter, in seconds.
double StepOf(const SyntheticRun& run);

// Header, bucket plan, every step, the epochs, and a completed end.
std::vector<Record> RecordsOf(const SyntheticRun& run);

// The records as the bytes of a file.
std::string FileOf(const std::vector<Record>& records);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TESTING_RECORDS_H_
