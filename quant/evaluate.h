// From a quantised net and test images to what the report says.

#ifndef LOCKSTEP_QUANT_EVALUATE_H_
#define LOCKSTEP_QUANT_EVALUATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "data/cifar10.h"
#include "quant/accuracy.h"
#include "quant/engine.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"

namespace lockstep::quant {

// One engine over all test images.
struct Timing {
  double seconds = 0;  // wall clock: engine, normalisation and threads
  size_t images = 0;
  int threads = 1;

  double ImagesPerSecond() const;
  // Of one thread: seconds * threads / images, in milliseconds.
  double MillisecondsPerImage() const;
};

// The weights of a QDQ model are rounded already: its activations are not.
constexpr char kRoundedWeights[] = "int8 weights";

struct Evaluation {
  // What int8 is compared with: "fp32", kRoundedWeights, or "" if the model's
  // file has integers only. Then fields about it are 0 or empty.
  std::string baseline = "fp32";
  PairedAccuracy accuracy;  // before: the baseline, after: int8
  Timing fp32, int8;        // fp32: of the baseline
  int convolutions = 0;
  int64_t macs = 0;           // an image, padded taps included
  double logit_error_db = 0;  // 10 log10(sum of fp32^2 / sum of errors^2)
  std::vector<int> fp32_classes = {}, int8_classes = {};  // of every image
  std::vector<float> fp32_logits = {}, int8_logits = {};  // [images][classes]
};

// Class of each image of `logits`, [images][classes].
template <typename T>
std::vector<int> Classes(const std::vector<T>& logits) {
  std::vector<int> classes;
  for (size_t i = 0; i < logits.size(); i += kCifarClasses)
    classes.push_back(ArgMax(&logits[i], kCifarClasses));
  return classes;
}

// 10 log10 of the energy of `right` over that of the differences; infinite
// without any.
double ErrorDb(const std::vector<float>& right,
               const std::vector<float>& logits);

// Runs `net` in fp32 and in int8 on `test` and compares them. Shows progress on
// standard error.
Evaluation Evaluate(const QuantizedNet& net, const ImageSet& test,
                    const EngineChoice& engine, const Parallelism& parallelism);

// The classes alone, by the integer engine.
std::vector<int> Int8Classes(const IntegerGraph& graph, const ImageSet& test,
                             const EngineChoice& engine,
                             const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_EVALUATE_H_
