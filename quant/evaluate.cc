#include "quant/evaluate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "quant/float_engine.h"
#include "quant/normalize.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

// Runs `body` over all images with progress, and times it.
Timing Timed(const std::string& what, size_t images,
             const Parallelism& parallelism,
             const std::function<void(int, size_t, size_t)>& body) {
  Progress progress(what, "images", images);
  ForEachBatch(images, parallelism, body,
               [&](size_t done) { progress.Update(done); });
  return {progress.Seconds(), images, parallelism.threads};
}

// Enough images a call that threads share it evenly, few enough for progress.
constexpr size_t kBatchesACall = 8;

Timing TimedInt8(Engine& engine, const ImageSet& images,
                 const Parallelism& parallelism, int32_t* logits) {
  Progress progress("int8", "images", images.size());
  const size_t call = parallelism.threads * parallelism.batch * kBatchesACall;
  for (size_t done = 0; done < images.size(); progress.Update(done)) {
    const size_t count = std::min(call, images.size() - done);
    engine.Run(images.image(done), count, logits + done * kCifarClasses);
    done += count;
  }
  return {progress.Seconds(), images.size(), parallelism.threads};
}

template <typename T>
std::vector<int> Classes(const std::vector<T>& logits) {
  std::vector<int> classes;
  for (size_t i = 0; i < logits.size(); i += kCifarClasses)
    classes.push_back(ArgMax(&logits[i], kCifarClasses));
  return classes;
}

double ErrorDb(const std::vector<float>& fp32, const std::vector<int32_t>& int8,
               double scale) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < fp32.size(); ++i) {
    const double error = fp32[i] - int8[i] * scale;
    signal += double{fp32[i]} * fp32[i];
    noise += error * error;
  }
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

}  // namespace

double Timing::ImagesPerSecond() const {
  return seconds > 0 ? images / seconds : 0;
}

double Timing::MillisecondsPerImage() const {
  return images > 0 ? 1e3 * seconds * threads / images : 0;
}

Evaluation Evaluate(const QuantizedNet& net, const ImageSet& test,
                    const EngineChoice& choice,
                    const Parallelism& parallelism) {
  const FloatEngine fp32(net.folded);
  const auto int8 = MakeEngine(net.integer, choice, parallelism);
  Evaluation result;
  result.calibration_images = net.calibration_images;
  result.macs = CountMacs(net.folded);
  for (const FloatNode& node : net.folded.nodes)
    result.convolutions += node.op == Op::kConv;
  std::vector<float> fp32_logits(test.size() * kCifarClasses);
  result.fp32 = Timed(
      "fp32", test.size(), parallelism, [&](int, size_t begin, size_t end) {
        fp32.Run(NormalizeImages(test, begin, end, net.normalization).data(),
                 end - begin, &fp32_logits[begin * kCifarClasses]);
      });
  std::vector<int32_t> int8_logits(test.size() * kCifarClasses);
  result.int8 = TimedInt8(*int8, test, parallelism, int8_logits.data());
  result.fp32_classes = Classes(fp32_logits);
  result.int8_classes = Classes(int8_logits);
  result.accuracy =
      CompareInPairs(test.labels, result.fp32_classes, result.int8_classes);
  result.logit_error_db =
      ErrorDb(fp32_logits, int8_logits, net.integer.logit_scale);
  return result;
}

}  // namespace lockstep::quant
