// Fake quantisation: an integer graph computed in floating point, as training
// frameworks simulate int8, with rounding and clamping where a value is stored.
// An independent witness for the integer engines, which it equals logit by
// logit.
//
// Values are held in steps of their scale, so a stored one is a whole number;
// multipliers are m * 2^-32. Nothing is lost to floating point, so equality is
// exact and no tolerance: sums of products are whole numbers below 2^24 in a
// float, else below 2^31 in a double (the proof bounds them by int32), and t is
// a multiple of 2^-32 whose numerator is below 2^62 by the proof, which the 64
// bits of an x86 long double hold.

#ifndef LOCKSTEP_QUANT_SIMULATOR_H_
#define LOCKSTEP_QUANT_SIMULATOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quant/integer_graph.h"

namespace lockstep::quant {

// Immutable; any number of threads may run it at once.
class Simulator {
 public:
  // `graph`, proven (overflow_proof.h), must outlive the simulator.
  explicit Simulator(const IntegerGraph& graph);

  // Logits [images][classes], in steps, of CIFAR-10's planes
  // [images][3][32][32].
  void Run(const uint8_t* pixels, size_t images, double* logits) const;

 private:
  using Map = std::vector<double>;  // [height][width][channels]

  std::vector<Map> RunImage(const uint8_t* pixels) const;
  Map RunLayer(size_t i, const std::vector<Map>& values) const;
  Map Sums(size_t i, const Map& input) const;
  template <typename Real>
  Map Products(size_t i, const Map& input) const;

  const IntegerGraph& graph_;
  std::vector<bool> fits_float_;  // of each layer: its sums
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_SIMULATOR_H_
