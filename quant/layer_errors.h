// How far the stored activations of an integer net are from the float net's.
//
// With x a value of the float net and y = scale * (code - zero_point) what the
// integer net holds in its place:
//
//   SQNR        10 log10(sum x^2 / sum (x - y)^2), in dB
//   cosine      sum x y / sqrt(sum x^2 * sum y^2)
//   clipped     x is outside [scale * (0 - zero_point - 1/2),
//               scale * (255 - zero_point + 1/2)): no code rounds to it
//   saturated   code 255, or code 0 where zero_point > 0
//
// The codes are those of the integer engine, so errors of the layers before are
// part of a layer's error.

#ifndef LOCKSTEP_QUANT_LAYER_ERRORS_H_
#define LOCKSTEP_QUANT_LAYER_ERRORS_H_

#include <cstddef>
#include <cstdint>

namespace lockstep::quant {

class LayerErrors {
 public:
  // Adds `count` values, `real` and `codes` in the same layout. Counts and sums
  // of codes are exact; sums of reals are doubles, so call it for one image at
  // a time, and add images in their order, for results that do not depend on
  // batches or threads.
  void Add(const float* real, const uint8_t* codes, size_t count, float scale,
           uint8_t zero_point);

  // Adds what `other` has seen.
  void Merge(const LayerErrors& other);

  size_t count() const { return count_; }
  size_t clipped() const { return clipped_; }
  size_t saturated() const { return saturated_; }

  // Infinity without an error; 0 for no values.
  double SqnrDb() const;
  // 1 for two zero vectors, 0 if only one is zero.
  double Cosine() const;
  // In percent of the values; 0 for no values.
  double ClippedPercent() const;
  double SaturatedPercent() const;

 private:
  size_t count_ = 0, clipped_ = 0, saturated_ = 0;
  double real_squares_ = 0, error_squares_ = 0;  // sums of x^2, (x - y)^2
  double products_ = 0, coded_squares_ = 0;      // sums of x y, y^2
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_LAYER_ERRORS_H_
