#include "analysis/configuration.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace lockstep::analysis {
namespace {

// Flags without a header field of their own that change what a step does, and
// the label of a reported table, which is another machine's.
constexpr const char* kWorkloadFlags[] = {
    "augment", "channels_last", "cutout",  "label_smoothing", kWorkersTrait,
    "beta1",   "beta2",         "epsilon", kLabelTrait};
// Flags that change what is learned and not what a step does.
constexpr const char* kLearningFlags[] = {
    "lr",         "lr_schedule",   "lr_scaling", "lr_base_batch",
    "milestones", "warmup_epochs", "momentum",   "weight_decay",
    "tta"};
// Flags that change only how ranks exchange gradients: one rank has none of it.
constexpr const char* kSetupFlags[] = {"bucket_cap_mb", "first_bucket_mb",
                                       "interface"};

// "" for a flag that the record does not have or that was empty.
std::string Flag(const Header& header, const char* name) {
  const auto flag = header.flags().find(name);
  return flag == header.flags().end() ? "" : flag->second;
}

template <size_t N>
void AppendFlags(const Header& header, const char* const (&names)[N],
                 Traits& traits) {
  for (const char* name : names) traits.emplace_back(name, Flag(header, name));
}

// Records from before the header said it have the flag, or neither.
std::string TwinOf(const Header& header) {
  std::string twin = header.twin();
  if (twin.empty()) twin = Flag(header, "twin");
  return twin.empty() ? kNoTwin : twin;
}

uint32_t AccumulateOf(const Header& header) {
  uint32_t passes = header.accumulate();
  if (passes == 0 && !absl::SimpleAtoi(Flag(header, "accumulate"), &passes))
    return 1;
  return std::max(passes, 1u);
}

// What is normalised as one batch: the images of a rank, of all ranks, nothing.
std::string BatchNormKind(const Header& header) {
  const std::string& value = header.batch_norm();
  return value == "sync" || value == "none" ? value : "per rank";
}

// Whose running statistics count; only a normalisation per rank has a choice.
std::string BatchNormStatistics(const Header& header) {
  return BatchNormKind(header) == "per rank" ? header.batch_norm() : "";
}

std::string BatchSchedule(const Header& header) {
  const std::string schedule = Flag(header, "batch_schedule");
  return schedule.empty() ? "constant" : schedule;
}

// Before the flag no average was kept.
std::string WeightAverage(const Header& header) {
  const std::string decay = Flag(header, "ema");
  return decay.empty() ? "0" : decay;
}

// Before the flag there was nothing but overlap.
std::string OverlapOf(const Header& header) {
  return Flag(header, "overlap") == "false" ? "off" : "on";
}

// Before the flag there was none, and "auto" is what CPUs have.
std::string CudaGraphOf(const Header& header) {
  return Flag(header, "cuda_graph") == "on" ? "on" : "off";
}

// The distinct values of `field` over the ranks, joined by '/'.
template <typename Field>
std::string OfRanks(const Header& header, Field field) {
  std::set<std::string> values;
  for (const Rank& rank : header.ranks()) values.insert(field(rank));
  return absl::StrJoin(values, "/");
}

// "cuda:3" is one of "cuda".
std::string DeviceKind(const Rank& rank) {
  return std::vector<std::string>(absl::StrSplit(rank.device(), ':'))[0];
}

size_t Hosts(const Header& header) {
  std::set<std::string> hosts;
  for (const Rank& rank : header.ranks()) hosts.insert(rank.host());
  return hosts.size();
}

Traits Workload(const Header& header, const Configuration& c) {
  Traits traits = {
      {"model", c.model},
      {"parameters", absl::StrCat(header.parameters())},
      {"device", OfRanks(header, DeviceKind)},
      {"device name", c.device},
      {"threads per rank", c.threads_per_rank},
      {"precision", header.precision()},
      {"CUDA graph", CudaGraphOf(header)},
      {"training images", absl::StrCat(c.train_images)},
      {"last batch", header.last_batch()},
      {"batch norm", BatchNormKind(header)},
      {"batch schedule", BatchSchedule(header)},
      {"accumulate", absl::StrCat(c.accumulate)},
      {kTwinTrait, c.twin},
      {kOptimizerTrait, header.optimizer()},
      {"ema", WeightAverage(header)},
      {kMechanismTrait,
       MechanismName(c.mechanism == SINGLE ? DDP : c.mechanism)},
      {"provenance", Provenance_Name(header.provenance())},
  };
  AppendFlags(header, kWorkloadFlags, traits);
  return traits;
}

Traits Setup(const Header& header, const Configuration& c) {
  Traits traits = {
      {kMechanismTrait, MechanismName(c.mechanism)},
      {"launcher", c.launcher},
      {"hosts", absl::StrCat(Hosts(header))},
      {"backend", header.backend()},
      {"batch norm statistics", BatchNormStatistics(header)},
      {kOverlapTrait, OverlapOf(header)},
      {"gradient type", header.gradient_dtype()},
      {"gradient bytes", absl::StrCat(c.gradient_bytes)},
      {"global batch", absl::StrCat(c.global_batch_size)},
      {"link peak", absl::StrCat(c.link_peak_gb_per_s)},
  };
  AppendFlags(header, kSetupFlags, traits);
  return traits;
}

// These schedules spread over the whole run; the others do not know its length.
bool DependsOnLength(const std::string& schedule) {
  return schedule == "cosine" || schedule == "linear" || schedule == "onecycle";
}

Traits Learning(const Header& header) {
  Traits traits;
  AppendFlags(header, kLearningFlags, traits);
  const bool length = DependsOnLength(Flag(header, "lr_schedule"));
  traits.emplace_back("epochs", length ? absl::StrCat(header.epochs()) : "");
  return traits;
}

std::string Shown(const std::string& value) {
  return value.empty() ? "none" : value;
}

}  // namespace

Configuration ConfigurationOf(const Header& header) {
  Configuration c;
  c.model = header.model();
  c.mechanism = header.mechanism();
  c.launcher = header.launcher();
  c.device =
      OfRanks(header, [](const Rank& rank) { return rank.device_name(); });
  if (c.device.empty()) c.device = OfRanks(header, DeviceKind);
  c.threads_per_rank = OfRanks(
      header, [](const Rank& rank) { return absl::StrCat(rank.threads()); });
  c.world_size = header.world_size();
  c.batch_size_per_rank = header.batch_size_per_rank();
  c.accumulate = AccumulateOf(header);
  c.global_batch_size =
      header.global_batch_size() > 0
          ? header.global_batch_size()
          : std::max(c.world_size * c.batch_size_per_rank * c.accumulate, 1u);
  c.train_images = header.train_images();
  c.loader_workers = Flag(header, "num_workers");
  c.tta = Flag(header, "tta");
  c.twin = TwinOf(header);
  c.provenance = header.provenance();
  c.gradient_bytes = header.gradient_bytes();
  c.link_peak_gb_per_s = header.link_peak_gb_per_s();
  c.placement = PlacementOf(header);
  c.workload = Workload(header, c);
  c.setup = Setup(header, c);
  c.learning = Learning(header);
  return c;
}

std::string TraitValue(const Traits& traits, const std::string& name) {
  for (const auto& [trait, value] : traits)
    if (trait == name) return value;
  return "";
}

bool operator<(const Configuration& a, const Configuration& b) {
  if (IsTwin(a) != IsTwin(b)) return IsTwin(b);
  return std::tie(a.workload, a.world_size, a.batch_size_per_rank, a.setup) <
         std::tie(b.workload, b.world_size, b.batch_size_per_rank, b.setup);
}

Traits With(Traits traits, const std::string& name, const std::string& value) {
  for (auto& [trait, of] : traits)
    if (trait == name) of = value;
  return traits;
}

std::string Differences(const Traits& there, const Traits& here) {
  std::vector<std::string> differences;
  for (size_t i = 0; i < there.size(); ++i) {
    if (there[i].second == here[i].second) continue;
    differences.push_back(absl::StrCat(here[i].first, ": ",
                                       Shown(there[i].second), " there, ",
                                       Shown(here[i].second), " here"));
  }
  return absl::StrJoin(differences, "; ");
}

std::string MechanismName(Mechanism mechanism) {
  if (mechanism == MECHANISM_UNSPECIFIED) return "unknown";
  return absl::AsciiStrToLower(Mechanism_Name(mechanism));
}

bool IsTwin(const Configuration& configuration) {
  return configuration.twin != kNoTwin;
}

bool Communicates(const Configuration& configuration) {
  return configuration.world_size > 1 && configuration.twin != "no_sync";
}

std::string BatchText(uint32_t images, uint32_t accumulate) {
  if (accumulate < 2 || images % accumulate != 0) return absl::StrCat(images);
  return absl::StrCat(accumulate, " x ", images / accumulate);
}

std::string RanksAndBatch(const Configuration& configuration) {
  const bool is_data_parallel = configuration.mechanism == DATA_PARALLEL;
  return absl::StrCat(
      is_data_parallel ? MechanismName(DATA_PARALLEL) + ", " : "",
      "P = ", configuration.world_size, ", batch ",
      BatchText(configuration.batch_size_per_rank * configuration.accumulate,
                configuration.accumulate));
}

}  // namespace lockstep::analysis
