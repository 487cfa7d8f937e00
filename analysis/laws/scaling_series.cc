#include "analysis/laws/scaling_series.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::analysis {
namespace {

std::set<uint32_t> Distinct(const std::vector<ScalingTime>& times) {
  std::set<uint32_t> sizes;
  for (const ScalingTime& time : times) sizes.insert(time.world_size);
  return sizes;
}

std::string NamesOf(const std::vector<Scaling>& kinds) {
  return absl::StrJoin(kinds, " or ", [](std::string* out, Scaling kind) {
    absl::StrAppend(out, ScalingName(kind));
  });
}

}  // namespace

std::string ScalingName(Scaling scaling) {
  constexpr const char* kNames[] = {"strong", "weak", "throughput"};
  return kNames[static_cast<int>(scaling)];
}

size_t WorldSizes(const std::vector<ScalingTime>& times) {
  return Distinct(times).size();
}

absl::Status CheckApplies(const std::string& law,
                          const std::vector<Scaling>& kinds, size_t sizes,
                          Scaling scaling,
                          const std::vector<ScalingTime>& times) {
  if (std::count(kinds.begin(), kinds.end(), scaling) == 0)
    return absl::InvalidArgumentError(
        absl::StrCat(law, " is about ", NamesOf(kinds),
                     " scaling, these points are ", ScalingName(scaling)));
  for (const ScalingTime& time : times)
    if (time.world_size == 0 || !std::isfinite(time.seconds) ||
        time.seconds <= 0)
      return absl::InvalidArgumentError(
          absl::StrCat(law, ": P = ", time.world_size, " with ", time.seconds,
                       " s is not a time of a run"));
  const std::set<uint32_t> there = Distinct(times);
  if (there.size() < sizes)
    return absl::InvalidArgumentError(absl::StrCat(
        law, " needs ", sizes, " different numbers of ranks, there ",
        there.size() == 1 ? "is " : "are ", there.size(),
        there.empty()
            ? ""
            : absl::StrCat(" (P = ", absl::StrJoin(there, ", "), ")")));
  return absl::OkStatus();
}

}  // namespace lockstep::analysis
