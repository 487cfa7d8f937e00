#include "analysis/configuration.h"

#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace lockstep::analysis {
namespace {

// Flags without a header field of their own that change what a step does.
constexpr const char* kWorkloadFlags[] = {
    "accumulate", "augment", "channels_last", "num_workers", "twin"};
// Flags that change only how ranks exchange gradients: one rank has none of it.
constexpr const char* kSetupFlags[] = {"bucket_cap_mb", "first_bucket_mb",
                                       "interface"};

template <size_t N>
void AppendFlags(const Header& header, const char* const (&names)[N],
                 Traits& traits) {
  for (const char* name : names) {
    const auto flag = header.flags().find(name);
    traits.emplace_back(name, flag == header.flags().end() ? "" : flag->second);
  }
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
      {"training images", absl::StrCat(c.train_images)},
      {"last batch", header.last_batch()},
      {"optimizer", header.optimizer()},
      {"mechanism", MechanismName(c.mechanism == SINGLE ? DDP : c.mechanism)},
      {"provenance", Provenance_Name(header.provenance())},
  };
  AppendFlags(header, kWorkloadFlags, traits);
  return traits;
}

Traits Setup(const Header& header, const Configuration& c) {
  Traits traits = {
      {"mechanism", MechanismName(c.mechanism)},
      {"launcher", c.launcher},
      {"hosts", absl::StrCat(Hosts(header))},
      {"backend", header.backend()},
      {"batch norm", header.batch_norm()},
      {"gradient type", header.gradient_dtype()},
      {"gradient bytes", absl::StrCat(c.gradient_bytes)},
      {"global batch", absl::StrCat(c.global_batch_size)},
      {"link peak", absl::StrCat(c.link_peak_gb_per_s)},
  };
  AppendFlags(header, kSetupFlags, traits);
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
  c.global_batch_size = header.global_batch_size() > 0
                            ? header.global_batch_size()
                            : c.world_size * c.batch_size_per_rank;
  c.train_images = header.train_images();
  c.gradient_bytes = header.gradient_bytes();
  c.link_peak_gb_per_s = header.link_peak_gb_per_s();
  c.workload = Workload(header, c);
  c.setup = Setup(header, c);
  return c;
}

bool operator<(const Configuration& a, const Configuration& b) {
  return std::tie(a.workload, a.world_size, a.batch_size_per_rank, a.setup) <
         std::tie(b.workload, b.world_size, b.batch_size_per_rank, b.setup);
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

std::string RanksAndBatch(const Configuration& configuration) {
  return absl::StrCat("P = ", configuration.world_size, ", batch ",
                      configuration.batch_size_per_rank);
}

}  // namespace lockstep::analysis
