#include "train/options.h"

#include <algorithm>
#include <cmath>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "data/sample_path.h"
#include "tools/cli/command_line.h"
#include "train/model/net_spec.h"

ABSL_FLAG(
    std::string, data_path, "",
    "[data] folder with data_batch_1.bin ... test_batch.bin; default: the "
    "sample of 5,000 + 1,000 images that comes with the project");
ABSL_FLAG(int, batch_size, 128, "[data] images per rank and step");
ABSL_FLAG(bool, augment, true,
          "[data] random crop and flip of training images");
ABSL_FLAG(int64_t, train_images, 0,
          "[data] use the first N training images; 0 = all");
ABSL_FLAG(int64_t, test_images, 0,
          "[data] use the first N test images; 0 = all");

ABSL_FLAG(std::string, model, "resnet18", "[net] resnet18, resnet20 or lenet");
ABSL_FLAG(
    std::string, batch_norm, "broadcast",
    "[net] running statistics of the ranks: broadcast = rank 0's for all, "
    "before they are used; local = each its own (rank 0's are exported)");
ABSL_FLAG(bool, channels_last, true,
          "[net] NHWC weights and activations; 1.2 times faster on CPUs");
ABSL_FLAG(uint64_t, seed, 1, "[net] of weights, order and augmentation");

ABSL_FLAG(int, epochs, 2, "[length] passes over the training images");
ABSL_FLAG(
    int, measure_epoch, 1,
    "[length] first epoch whose times count; those before it are warm-up");
ABSL_FLAG(int64_t, max_steps, 0, "[length] stop after N steps; 0 = no limit");
ABSL_FLAG(int, eval_every, 1,
          "[length] evaluate on the test images every N epochs and after the "
          "last; 0 = only after the last");

ABSL_FLAG(int, nproc, 0,
          "[parallel] start N ranks on this host; 0 = what srun or torchrun "
          "says, else one");
ABSL_FLAG(bool, no_ddp, false,
          "[parallel] insist on one rank without any communication");
ABSL_FLAG(std::string, backend, "auto",
          "[parallel] who carries the collectives: auto or gloo (CPU)");
ABSL_FLAG(std::string, device, "auto", "[parallel] auto or cpu");
ABSL_FLAG(double, bucket_cap_mb, 25,
          "[parallel] a gradient bucket closes when it reaches this many MiB");
ABSL_FLAG(double, first_bucket_mb, 1,
          "[parallel] the same for the first bucket, MiB");
ABSL_FLAG(
    int, threads, 0,
    "[parallel] CPU threads a rank computes with; 0 = the usable cores of "
    "the host divided by its ranks");
ABSL_FLAG(double, init_timeout, 120,
          "[parallel] seconds until all ranks must have met");
ABSL_FLAG(double, step_timeout, 300,
          "[parallel] seconds after which a collective has lost a peer");
ABSL_FLAG(std::string, interface, "",
          "[parallel] network interface, for example eth0; default: loopback "
          "on one host, else the first that is up");
ABSL_FLAG(std::string, rendezvous_dir, ".lockstep-rendezvous",
          "[parallel] folder that all hosts of a Slurm step see");

ABSL_FLAG(std::string, optimizer, "sgd", "[optimiser] sgd (with momentum)");
ABSL_FLAG(double, lr, 0.1, "[optimiser] learning rate");
ABSL_FLAG(double, momentum, 0.9, "[optimiser] momentum");
ABSL_FLAG(double, weight_decay, 5e-4,
          "[optimiser] L2 penalty of all parameters");

ABSL_FLAG(double, link_peak_gbps, 0,
          "[measure] declared peak of the link in Gbit/s, per direction and "
          "rank, for the utilisation column; 0 = not declared");

ABSL_FLAG(std::string, output_dir, "",
          "[keep] folder for run.rec, log.csv and model.onnx; default: "
          "lockstep_runs/MODEL-pP-bB-TIME");

namespace lockstep {
namespace {

constexpr double kMiB = 1 << 20;
constexpr double kMany = 1e6;  // more is a typing error

// The first mistake among the flags.
absl::Status CheckFlags() {
  const absl::Status checks[] = {
      CheckOneOf("model", absl::GetFlag(FLAGS_model), NetNames()),
      CheckOneOf("batch_norm", absl::GetFlag(FLAGS_batch_norm),
                 {"broadcast", "local"}),
      CheckOneOf("backend", absl::GetFlag(FLAGS_backend), {"auto", "gloo"}),
      CheckOneOf("device", absl::GetFlag(FLAGS_device), {"auto", "cpu"}),
      CheckOneOf("optimizer", absl::GetFlag(FLAGS_optimizer), {"sgd"}),
      CheckRange("batch_size", absl::GetFlag(FLAGS_batch_size), 1, kMany),
      CheckRange("train_images", absl::GetFlag(FLAGS_train_images), 0, kMany),
      CheckRange("test_images", absl::GetFlag(FLAGS_test_images), 0, kMany),
      CheckRange("epochs", absl::GetFlag(FLAGS_epochs), 1, kMany),
      CheckRange("measure_epoch", absl::GetFlag(FLAGS_measure_epoch), 0, kMany),
      CheckRange("max_steps", absl::GetFlag(FLAGS_max_steps), 0, 1e12),
      CheckRange("eval_every", absl::GetFlag(FLAGS_eval_every), 0, kMany),
      CheckRange("nproc", absl::GetFlag(FLAGS_nproc), 0, 1024),
      CheckRange("threads", absl::GetFlag(FLAGS_threads), 0, 1024),
      CheckRange("bucket_cap_mb", absl::GetFlag(FLAGS_bucket_cap_mb), 0, kMany),
      CheckRange("first_bucket_mb", absl::GetFlag(FLAGS_first_bucket_mb), 0,
                 kMany),
      CheckRange("init_timeout", absl::GetFlag(FLAGS_init_timeout), 1e-3,
                 kMany),
      CheckRange("step_timeout", absl::GetFlag(FLAGS_step_timeout), 1e-3,
                 kMany),
      CheckRange("lr", absl::GetFlag(FLAGS_lr), 0, kMany),
      CheckRange("momentum", absl::GetFlag(FLAGS_momentum), 0, 1),
      CheckRange("weight_decay", absl::GetFlag(FLAGS_weight_decay), 0, kMany),
      CheckRange("link_peak_gbps", absl::GetFlag(FLAGS_link_peak_gbps), 0,
                 kMany),
  };
  for (const absl::Status& status : checks)
    if (!status.ok()) return status;
  return absl::OkStatus();
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1e3));
}

size_t LimitFrom(int64_t flag) { return flag == 0 ? kAllImages : flag; }

}  // namespace

absl::StatusOr<TrainOptions> OptionsFromFlags() {
  const absl::Status status = CheckFlags();
  if (!status.ok()) return status;
  TrainOptions o;
  o.data_path = ResolveUserPath(absl::GetFlag(FLAGS_data_path));
  if (o.data_path.empty()) o.data_path = SampleDataPath();
  o.batch_size = absl::GetFlag(FLAGS_batch_size);
  o.augment = absl::GetFlag(FLAGS_augment);
  o.train_images = LimitFrom(absl::GetFlag(FLAGS_train_images));
  o.test_images = LimitFrom(absl::GetFlag(FLAGS_test_images));
  o.model = absl::GetFlag(FLAGS_model);
  o.batch_norm = absl::GetFlag(FLAGS_batch_norm);
  o.channels_last = absl::GetFlag(FLAGS_channels_last);
  o.seed = absl::GetFlag(FLAGS_seed);
  o.epochs = absl::GetFlag(FLAGS_epochs);
  // A run of one epoch has no other epoch to measure.
  o.measure_epoch = std::min(absl::GetFlag(FLAGS_measure_epoch), o.epochs - 1);
  o.max_steps = absl::GetFlag(FLAGS_max_steps);
  o.eval_every = absl::GetFlag(FLAGS_eval_every);
  o.nproc = absl::GetFlag(FLAGS_nproc);
  o.no_ddp = absl::GetFlag(FLAGS_no_ddp);
  o.backend = "gloo";
  o.bucket_caps.bytes = std::llround(absl::GetFlag(FLAGS_bucket_cap_mb) * kMiB);
  o.bucket_caps.first_bytes =
      std::llround(absl::GetFlag(FLAGS_first_bucket_mb) * kMiB);
  o.threads = absl::GetFlag(FLAGS_threads);
  o.init_timeout = Milliseconds(absl::GetFlag(FLAGS_init_timeout));
  o.step_timeout = Milliseconds(absl::GetFlag(FLAGS_step_timeout));
  o.interface = absl::GetFlag(FLAGS_interface);
  o.rendezvous_dir = ResolveUserPath(absl::GetFlag(FLAGS_rendezvous_dir));
  o.optimizer = absl::GetFlag(FLAGS_optimizer);
  o.learning_rate = absl::GetFlag(FLAGS_lr);
  o.momentum = absl::GetFlag(FLAGS_momentum);
  o.weight_decay = absl::GetFlag(FLAGS_weight_decay);
  o.link_peak_gb_per_s = absl::GetFlag(FLAGS_link_peak_gbps) / 8;
  o.output_dir = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  return o;
}

absl::StatusOr<DataSets> ReadDataSets(const TrainOptions& options) {
  absl::StatusOr<ImageSet> train =
      ReadCifar10(options.data_path, Split::kTrain, options.train_images);
  if (!train.ok()) return train.status();
  absl::StatusOr<ImageSet> test =
      ReadCifar10(options.data_path, Split::kTest, options.test_images);
  if (!test.ok()) return test.status();
  return DataSets{*std::move(train), *std::move(test)};
}

}  // namespace lockstep
