// What //quant:bench prints, for people and for programs.

#ifndef LOCKSTEP_QUANT_BENCH_REPORT_H_
#define LOCKSTEP_QUANT_BENCH_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quant/bench_timing.h"
#include "quant/layer_profile.h"
#include "quant/peak.h"

namespace lockstep::quant {

// One batch size, timed. The figures are defined in docs/metrics.md.
struct BenchCell {
  size_t batch = 1;
  Rates images_per_second;
};

// What all cells have in common.
struct BenchContext {
  std::string model;             // path
  std::string isa, description;  // of the kernel
  std::string cpu;
  int threads = 1;
  Sampling sampling;
  int64_t macs = 0;  // an image, padded taps included
};

// Markdown, readable as plain text; ends with a newline.
std::string BenchTable(const std::vector<BenchCell>& cells,
                       const BenchContext& context);

// A row for each layer: its kernel, its time, and what that is spent on.
std::string LayerTable(const NetProfile& profile);

// The same numbers, every sample, and the layers of `profiles`, as one JSON
// object.
std::string BenchJson(const std::vector<BenchCell>& cells,
                      const BenchContext& context,
                      const std::vector<NetProfile>& profiles);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_BENCH_REPORT_H_
