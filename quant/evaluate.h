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

struct Evaluation {
  PairedAccuracy accuracy;  // before: fp32, after: int8
  Timing fp32, int8;
  size_t calibration_images = 0;
  int convolutions = 0;
  int64_t macs = 0;           // an image, padded taps included
  double logit_error_db = 0;  // 10 log10(sum of fp32^2 / sum of errors^2)
  std::vector<int> fp32_classes = {}, int8_classes = {};  // of every image
};

// Runs `net` in fp32 and in int8 on `test` and compares them. Shows progress on
// standard error.
Evaluation Evaluate(const QuantizedNet& net, const ImageSet& test,
                    const EngineChoice& engine, const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_EVALUATE_H_
