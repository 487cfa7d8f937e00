#include "quant/arena_plan.h"

#include <algorithm>
#include <numeric>

namespace lockstep::quant {
namespace {

constexpr size_t kAlignment = 64;

bool Meet(const Life& a, const Life& b) {
  return a.first <= b.last && b.first <= a.last;
}

struct Span {
  size_t begin, end;
};

// The lowest offset of `bytes` free bytes between `taken`.
size_t LowestGap(std::vector<Span> taken, size_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  size_t offset = 0;
  for (const Span& span : taken) {
    if (offset + bytes <= span.begin) break;
    offset = std::max(offset, span.end);
  }
  return offset;
}

}  // namespace

ArenaPlan PlanArena(const std::vector<Life>& lives) {
  std::vector<size_t> order(lives.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return lives[a].bytes > lives[b].bytes;
  });
  ArenaPlan plan;
  plan.offsets.resize(lives.size());
  std::vector<size_t> placed;
  for (size_t i : order) {
    std::vector<Span> taken;
    for (size_t other : placed)
      if (Meet(lives[i], lives[other]))
        taken.push_back(
            {plan.offsets[other], plan.offsets[other] + lives[other].bytes});
    const size_t size =
        (lives[i].bytes + kAlignment - 1) / kAlignment * kAlignment;
    for (Span& span : taken)
      span.end = (span.end + kAlignment - 1) / kAlignment * kAlignment;
    plan.offsets[i] = LowestGap(taken, size);
    plan.bytes = std::max(plan.bytes, plan.offsets[i] + size);
    placed.push_back(i);
  }
  return plan;
}

}  // namespace lockstep::quant
