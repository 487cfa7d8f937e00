// May times of different ranks be compared, and how well?

#ifndef LOCKSTEP_ANALYSIS_CLOCKS_H_
#define LOCKSTEP_ANALYSIS_CLOCKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

struct Clocks {
  // By rank: what to subtract from a rank's times to have rank 0's. Empty if
  // `problem` says something.
  std::vector<int64_t> offsets_ns;
  double largest_error_s = 0;  // of one rank's offset; 0: none was measured
  double pair_error_s = 0;     // of a difference between any two ranks
  std::string problem;         // why nothing can be compared; "" if it can
};

// Ranks on one host share its clock; those on other hosts need an offset.
Clocks ClocksOf(const Header& header);

// `ns` of `rank` on rank 0's clock. Wraps around instead of overflowing: a
// record may hold any number.
inline int64_t Aligned(const Clocks& clocks, uint32_t rank, int64_t ns) {
  return static_cast<int64_t>(static_cast<uint64_t>(ns) -
                              static_cast<uint64_t>(clocks.offsets_ns[rank]));
}

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_CLOCKS_H_
