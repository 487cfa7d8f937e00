#include "analysis/clocks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

constexpr double kNanosecond = 1e-9;

// A measured offset has an error; nothing was measured where both are 0.
bool IsMeasured(const Rank& rank) {
  return rank.clock_offset_ns() != 0 || rank.clock_error_ns() != 0;
}

std::string WhyNotComparable(const Header& header) {
  if (static_cast<uint32_t>(header.ranks_size()) != header.world_size())
    return "its header does not describe every rank";
  for (int r = 0; r < header.ranks_size(); ++r) {
    const Rank& rank = header.ranks(r);
    if (rank.rank() != static_cast<uint32_t>(r))
      return "its header does not list the ranks in order";
    if (rank.clock_error_ns() < 0) return "a clock's error is negative";
    if (rank.host() != header.ranks(0).host() && !IsMeasured(rank))
      return absl::StrCat("the clock of rank ", r, " on ", rank.host(),
                          " was not compared with that of rank 0");
  }
  return "";
}

}  // namespace

Clocks ClocksOf(const Header& header) {
  Clocks clocks;
  clocks.problem = WhyNotComparable(header);
  if (!clocks.problem.empty()) return clocks;
  std::vector<double> errors_s = {0, 0};
  for (const Rank& rank : header.ranks()) {
    clocks.offsets_ns.push_back(rank.clock_offset_ns());
    errors_s.push_back(rank.clock_error_ns() * kNanosecond);
  }
  std::sort(errors_s.rbegin(), errors_s.rend());
  clocks.largest_error_s = errors_s[0];
  clocks.pair_error_s = errors_s[0] + errors_s[1];
  return clocks;
}

}  // namespace lockstep::analysis
