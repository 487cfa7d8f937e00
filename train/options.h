// The trainer's flags: each declared once in options.cc, checked here. No
// torch.

#ifndef LOCKSTEP_TRAIN_OPTIONS_H_
#define LOCKSTEP_TRAIN_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "train/bucket_plan.h"

namespace lockstep {

struct TrainOptions {
  // data
  std::string data_path;
  int batch_size;  // per rank
  bool augment;
  size_t train_images, test_images;  // kAllImages = all
  // net
  std::string model;
  std::string batch_norm;  // broadcast, local
  bool channels_last;
  uint64_t seed;
  // length
  int epochs;
  int measure_epoch;  // already below epochs
  int64_t max_steps;  // 0 = no limit
  int eval_every;     // epochs; 0 = only after the last
  // parallel
  int nproc;
  bool no_ddp;
  std::string backend;
  BucketCaps bucket_caps;
  int threads;  // per rank; 0 = the host's usable cores / its ranks
  std::chrono::milliseconds init_timeout, step_timeout;
  std::string interface;
  std::string rendezvous_dir;
  // optimiser
  std::string optimizer;
  double learning_rate, momentum, weight_decay;
  // measure, keep
  double link_peak_gb_per_s;  // 0 = not declared
  std::string output_dir;     // "" = choose one
};

// The flags' values, checked; paths resolved against where the user stands.
// InvalidArgument names the flag, its value and what is allowed.
absl::StatusOr<TrainOptions> OptionsFromFlags();

// Training and test images that the options name. Errors as ReadCifar10.
struct DataSets {
  ImageSet train, test;
};
absl::StatusOr<DataSets> ReadDataSets(const TrainOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_OPTIONS_H_
