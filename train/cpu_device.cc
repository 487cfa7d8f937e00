#include "train/cpu_device.h"

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "tools/cli/machine.h"
#include "train/comm/gloo_communicator.h"

namespace lockstep {
namespace {

// Gloo's own time-out, beyond the lifeline's, which knows the cause.
constexpr auto kCollectiveSlack = std::chrono::seconds(30);

}  // namespace

DeviceFacts CpuDevice::facts() const { return {"cpu", CpuName(), "", ""}; }

absl::StatusOr<std::unique_ptr<Communicator>> CpuDevice::Connect(
    const ConnectOptions& options) {
  GlooOptions gloo;
  gloo.rank = options.rank;
  gloo.world_size = options.world_size;
  gloo.address = options.address;
  gloo.timeout = options.timeout + kCollectiveSlack;
  return MakeGlooCommunicator(options.store, gloo);
}

std::unique_ptr<BatchSource> CpuDevice::Batches(const ImageSet& images,
                                                const BatchOptions& options) {
  BatchMaker make =
      BatchesOf(images, options.augment, options.seed, options.cutout);
  if (options.num_workers == 0)
    return std::make_unique<DirectBatches>(std::move(make));
  return std::make_unique<PrefetchedBatches>(std::move(make),
                                             options.num_workers);
}

absl::StatusOr<std::unique_ptr<StepRunner>> CpuDevice::Runner(
    const StepRunnerOptions& options) {
  return std::make_unique<HostStepRunner>(options.reducer);
}

}  // namespace lockstep
