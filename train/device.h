// Where a rank computes, and what depends on it: a CPU (cpu_device.h) or a GPU
// (cuda/cuda_device.h). Everything else of the trainer is the same code.

#ifndef LOCKSTEP_TRAIN_DEVICE_H_
#define LOCKSTEP_TRAIN_DEVICE_H_

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "train/batch_source.h"
#include "train/comm/communicator.h"
#include "train/reducer.h"
#include "train/step_runner.h"

namespace c10d {
class Store;
}

namespace lockstep {

// For the run record; "" = does not apply.
struct DeviceFacts {
  std::string device;  // cpu, cuda:0
  std::string name;    // of the CPU or GPU, with its clock and power limit
  std::string cuda;    // toolkit built with, and driver
  std::string nccl;    // library in use
};

// How a communicator is made.
struct ConnectOptions {
  c10::intrusive_ptr<c10d::Store> store;
  int rank = 0;
  int world_size = 1;
  std::string address;  // of this host, for the CPU's sockets
  // After which a collective has lost a peer.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
};

// Which batches a training epoch has.
struct BatchOptions {
  bool augment = true;
  uint64_t seed = 0;
  int cutout = 0;  // side of the square, pixels; 0 = none
  int num_workers =
      0;  // CPU threads that make them ahead of time; a GPU has none
  at::ScalarType type = at::kFloat;  // that the net wants; a CPU converts later
};

struct StepRunnerOptions {
  Reducer* reducer = nullptr;  // null for one rank
  Communicator* comm = nullptr;
  int max_passes = 1;  // of a step
  bool graph = false;  // record steps as CUDA graphs
  // A step that is not over this long after it was queued has lost a peer.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
};

// Outlives all that it makes. Used by the training thread, which it may have
// given a current device and stream.
class Device {
 public:
  virtual ~Device() = default;

  virtual c10::Device place() const = 0;
  virtual DeviceFacts facts() const = 0;
  // Whether steps can be recorded as CUDA graphs.
  virtual bool has_graphs() const = 0;

  // Collective, see the communicators.
  virtual absl::StatusOr<std::unique_ptr<Communicator>> Connect(
      const ConnectOptions& options) = 0;
  // Training batches on the device; `images` must outlive them.
  virtual std::unique_ptr<BatchSource> Batches(const ImageSet& images,
                                               const BatchOptions& options) = 0;
  // The reducer's `reduce`: lets the runner see buckets.
  virtual decltype(ReducerOptions::reduce) BucketReduce() = 0;
  virtual absl::StatusOr<std::unique_ptr<StepRunner>> Runner(
      const StepRunnerOptions& options) = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_DEVICE_H_
