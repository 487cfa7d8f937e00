#include "quant/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <vector>

namespace lockstep::quant {
namespace {

constexpr int kRuns = 8;
constexpr size_t kReadBytes = 16 << 20;  // beyond second-level caches

template <typename Body>
double Seconds(const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

// The highest amount / 10^9 a second over runs of `work`, which returns the
// amount that it did.
template <typename Work>
double Best(const Work& work) {
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    double amount = 0;
    const double seconds = Seconds([&] { amount = work(); });
    best = std::max(best, amount / seconds / 1e9);
  }
  return best;
}

double ProbeRate(ProbeFunction probe) {
  if (probe == nullptr) return 0;
  // Rounds that take 2 ms.
  size_t rounds = 1 << 10;
  while (Seconds([&] { probe(rounds); }) < 1e-3) rounds *= 2;
  return Best([&] { return static_cast<double>(probe(rounds)); });
}

double ReadRate() {
  const std::vector<uint64_t> memory(kReadBytes / sizeof(uint64_t), 1);
  volatile uint64_t sum = 0;
  return Best([&] {
    sum = std::accumulate(memory.begin(), memory.end(), uint64_t{0});
    return static_cast<double>(kReadBytes);
  });
}

}  // namespace

double PeakOf(Products products, const Peak& peak) {
  if (products == Products::kTiles) return peak.tile_gmacs;
  if (products == Products::kU8S8 && peak.u8s8_gmacs > 0)
    return peak.u8s8_gmacs;
  return peak.s16_gmacs;
}

Peak MeasurePeak(const Isa& isa) {
  const Microkernels& micro = isa.vectors();
  return {ProbeRate(micro.probe_u8s8), ProbeRate(micro.probe_s16),
          ProbeRate(isa.tiles != nullptr ? isa.tiles().probe : nullptr),
          ReadRate()};
}

}  // namespace lockstep::quant
