#include "quant/evaluate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "quant/fake_quant.h"
#include "quant/float_engine.h"
#include "quant/normalize.h"
#include "quant/run_memory.h"
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

// The logits of what int8 is compared with.
std::vector<float> RunBaseline(const QuantizedNet& net, const ImageSet& test,
                               const Parallelism& wanted, Timing& timing) {
  const Parallelism parallelism =
      FittingParallelism(wanted, FloatRunBytes(*net.folded));
  std::vector<float> logits(test.size() * kCifarClasses);
  if (net.kind == ModelKind::kFloat) {
    const FloatEngine engine(*net.folded);
    timing = Timed(
        "fp32", test.size(), parallelism, [&](int, size_t begin, size_t end) {
          engine.Run(
              NormalizeImages(test, begin, end, net.normalization).data(),
              end - begin, &logits[begin * kCifarClasses]);
        });
    return logits;
  }
  const FakeQuantEngine engine(net, RoundNone(*net.quantized));
  timing = Timed(kRoundedWeights, test.size(), parallelism,
                 [&](int, size_t begin, size_t end) {
                   engine.Run(test, begin, end, &logits[begin * kCifarClasses]);
                 });
  return logits;
}

}  // namespace

double Timing::ImagesPerSecond() const {
  return seconds > 0 ? images / seconds : 0;
}

double Timing::MillisecondsPerImage() const {
  return images > 0 ? 1e3 * seconds * threads / images : 0;
}

double ErrorDb(const std::vector<float>& right,
               const std::vector<float>& logits) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < right.size(); ++i) {
    const double error = double{right[i]} - logits[i];
    signal += double{right[i]} * right[i];
    noise += error * error;
  }
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

Evaluation Evaluate(const QuantizedNet& net, const ImageSet& test,
                    const EngineChoice& choice,
                    const Parallelism& parallelism) {
  Evaluation result;
  result.macs = CountMacs(net.integer);
  for (const IntegerLayer& layer : net.integer.layers)
    result.convolutions += layer.op == IntegerOp::kConv;
  if (net.kind == ModelKind::kIntegers) result.baseline = "";
  if (net.kind == ModelKind::kQdq) result.baseline = kRoundedWeights;
  if (net.folded)
    result.fp32_logits = RunBaseline(net, test, parallelism, result.fp32);
  const auto int8 = MakeEngine(net.integer, choice, parallelism);
  std::vector<int32_t> steps(test.size() * kCifarClasses);
  result.int8 = TimedInt8(*int8, test, parallelism, steps.data());
  result.int8_logits = RealLogits(net.integer, steps);
  result.fp32_classes = Classes(result.fp32_logits);
  result.int8_classes = Classes(steps);
  if (net.folded)
    result.logit_error_db = ErrorDb(result.fp32_logits, result.int8_logits);
  else
    result.fp32_classes.assign(test.size(), -1);
  result.accuracy =
      CompareInPairs(test.labels, result.fp32_classes, result.int8_classes);
  return result;
}

std::vector<int> Int8Classes(const IntegerGraph& graph, const ImageSet& test,
                             const EngineChoice& engine,
                             const Parallelism& parallelism) {
  std::vector<int32_t> steps(test.size() * kCifarClasses);
  TimedInt8(*MakeEngine(graph, engine, parallelism), test, parallelism,
            steps.data());
  return Classes(steps);
}

}  // namespace lockstep::quant
