// Accuracy of two classifiers on the same images, compared in pairs.

#ifndef LOCKSTEP_QUANT_ACCURACY_H_
#define LOCKSTEP_QUANT_ACCURACY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockstep::quant {

// Counts over n images; "lost" and "gained" are the flips each way.
struct PairedAccuracy {
  size_t images = 0;
  size_t before_correct = 0;
  size_t after_correct = 0;
  size_t lost = 0;    // b: right before, wrong after
  size_t gained = 0;  // c: wrong before, right after
  size_t agree = 0;   // the same class, right or wrong

  // All in percent of the images (percentage points for the difference); 0
  // images give 0.
  double BeforePercent() const;
  double AfterPercent() const;
  double AgreementPercent() const;
  // (c - b) / n.
  double DifferencePoints() const;
  // Half of the 95 % interval around it: 1.96 * sqrt(b + c - (b - c)^2 / n) /
  // n, the standard error of a difference between paired proportions. Images
  // that both get right or both wrong do not widen it. It is a large-sample
  // formula: without any flip it is 0, and the data cannot tell differences
  // under about 3 / n.
  double HalfIntervalPoints() const;
  // Exact two-sided McNemar test: how likely flips are at least as one-sided as
  // these if each goes either way with probability 1/2. 1 without flips.
  // Source: McNemar, Psychometrika 12 (1947) 153, with the binomial
  // distribution.
  double McNemarP() const;
};

// Compares predicted classes with labels; the three have one size.
PairedAccuracy CompareInPairs(const std::vector<uint8_t>& labels,
                              const std::vector<int>& before,
                              const std::vector<int>& after);

// The index of the largest of `count` numbers, the first one of equals.
template <typename T>
int ArgMax(const T* values, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ACCURACY_H_
