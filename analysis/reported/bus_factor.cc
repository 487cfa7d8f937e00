#include "analysis/reported/bus_factor.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

namespace lockstep::analysis {
namespace {

// `links` times the share that has to travel, (P - 1) / P; 0 links: all of it.
struct Collective {
  absl::string_view name;
  int links;
};

// Longer names first: "reduce" is in three of them.
constexpr Collective kCollectives[] = {
    {"allreduce", 2}, {"reducescatter", 1}, {"allgather", 1}, {"alltoall", 1},
    {"bucket", 2},    {"broadcast", 0},     {"sendrecv", 0},  {"reduce", 0},
    {"gather", 1},    {"scatter", 1}};

}  // namespace

double BusFactor(absl::string_view collective, uint32_t world_size) {
  const std::string name = absl::StrReplaceAll(
      absl::AsciiStrToLower(collective), {{"_", ""}, {"-", ""}});
  for (const Collective& known : kCollectives) {
    if (!absl::StrContains(name, known.name)) continue;
    return known.links == 0 ? 1 : known.links * (world_size - 1.0) / world_size;
  }
  return 0;
}

}  // namespace lockstep::analysis
