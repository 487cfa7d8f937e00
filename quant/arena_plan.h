// Where the values of a net lie in one block of memory, so that values whose
// lives do not meet share bytes.

#ifndef LOCKSTEP_QUANT_ARENA_PLAN_H_
#define LOCKSTEP_QUANT_ARENA_PLAN_H_

#include <cstddef>
#include <vector>

namespace lockstep::quant {

// Something that needs `bytes` from step `first` to step `last`, both included.
struct Life {
  size_t bytes;
  size_t first, last;
};

struct ArenaPlan {
  std::vector<size_t> offsets;  // of each life, multiples of 64
  size_t bytes = 0;             // of all
};

// Places the largest first, each at the lowest offset where it meets no other
// that lives at the same time.
ArenaPlan PlanArena(const std::vector<Life>& lives);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ARENA_PLAN_H_
