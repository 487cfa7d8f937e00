#include "analysis/laws/karp_flatt.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::analysis {
namespace {

// Less than is printed.
constexpr double kSame = 1e-3;

// 1 rises, -1 falls, 0 cannot be told apart. Points without intervals are taken
// at their value.
int Direction(const Estimate& first, const Estimate& last) {
  const auto range = [](const Estimate& e) {
    return Interval95(e).value_or(Interval{e.value, e.value});
  };
  if (range(last).low > range(first).high + kSame) return 1;
  if (range(last).high < range(first).low - kSame) return -1;
  return 0;
}

const char* Meaning(int direction) {
  if (direction > 0)
    return "rises: a cost that grows with the ranks (communication, waiting), "
           "not a serial part; Amdahl's law will promise too much";
  if (direction < 0)
    return "falls: what is lost is lost with the first rank that joins, or the "
           "baseline is slow for a reason of its own, as caches";
  return "is the same within its intervals: like a serial part";
}

}  // namespace

double KarpFlatt(double speedup, uint32_t world_size) {
  const double ideal = 1.0 / world_size;
  return (1 / speedup - ideal) / (1 - ideal);
}

Estimate KarpFlatt(const Estimate& speedup, uint32_t world_size) {
  return Apply([=](double s) { return KarpFlatt(s, world_size); }, speedup);
}

std::string KarpFlattTrend(const std::vector<KarpFlattPoint>& points) {
  if (points.empty()) return "";
  const auto fewer = [](const KarpFlattPoint& a, const KarpFlattPoint& b) {
    return a.world_size < b.world_size;
  };
  const auto [first, last] =
      std::minmax_element(points.begin(), points.end(), fewer);
  if (first->world_size == last->world_size) return "";
  const bool known =
      !first->fraction.replicates.empty() && !last->fraction.replicates.empty();
  return absl::StrFormat(
      "e(P) from %.3f (P = %d) to %.3f (P = %d) %s%s%s", first->fraction.value,
      first->world_size, last->fraction.value, last->world_size,
      Meaning(Direction(first->fraction, last->fraction)),
      known ? "" : " (without intervals: single values)",
      last->fraction.value > 1 ? "; above 1: slower than one rank" : "");
}

}  // namespace lockstep::analysis
