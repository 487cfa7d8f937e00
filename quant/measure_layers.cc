#include "quant/measure_layers.h"

#include <utility>

#include "quant/normalize.h"
#include "quant/run_memory.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

// An image's codes from [height][width][channels] to [channels][height][width].
std::vector<uint8_t> Planes(const uint8_t* codes, const Shape& shape) {
  const size_t map = size_t(shape.height) * shape.width;
  std::vector<uint8_t> planes(shape.size());
  for (size_t pixel = 0; pixel < map; ++pixel)
    for (int c = 0; c < shape.channels; ++c) planes[c * map + pixel] = *codes++;
  return planes;
}

// What the threads share; each image and each thread has places of its own.
class Comparison {
 public:
  Comparison(const std::vector<StoredValue>& values, const FloatGraph& graph,
             size_t images, int threads)
      : values_(values),
        graph_(graph),
        errors_(values.size(), std::vector<LayerErrors>(images)),
        codes_(threads, std::vector<ValueHistogram>(values.size())) {}

  // Of a batch: keeps the codes of value `number` of the integer net.
  using Codes = std::vector<std::vector<uint8_t>>;  // of each stored value
  void Keep(int number, const IntegerTensor& tensor, int thread, Codes& codes) {
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].integer_value != number) continue;
      codes[i] = tensor.u8;
      CountCodes(tensor.u8.data(), tensor.u8.size(), codes_[thread][i]);
    }
  }

  // Compares them with value `number` of the float net; `begin` is the batch's
  // first image.
  void Compare(int number, const float* real, size_t begin,
               const Codes& codes) {
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].float_value != number) continue;
      const Shape& shape = graph_.shapes[number];
      const Encoding& encoding = values_[i].encoding;
      for (size_t at = 0; at < codes[i].size(); at += shape.size())
        errors_[i][begin + at / shape.size()].Add(
            real + at, Planes(&codes[i][at], shape).data(), shape.size(),
            encoding.scale, encoding.zero_point);
    }
  }

  std::vector<LayerMeasurement> Result() const {
    std::vector<LayerMeasurement> result;
    for (size_t i = 0; i < values_.size(); ++i) {
      LayerMeasurement layer = {values_[i].layer, {}, codes_[0][i]};
      for (const LayerErrors& image : errors_[i]) layer.errors.Merge(image);
      for (size_t thread = 1; thread < codes_.size(); ++thread)
        Merge(codes_[thread][i], layer.activations);
      result.push_back(std::move(layer));
    }
    return result;
  }

 private:
  static void Merge(const ValueHistogram& from, ValueHistogram& to) {
    if (to.counts.empty())
      to = from;
    else
      for (size_t i = 0; i < from.counts.size(); ++i)
        to.counts[i] += from.counts[i];
  }

  const std::vector<StoredValue>& values_;
  const FloatGraph& graph_;
  std::vector<std::vector<LayerErrors>> errors_;    // [value][image]
  std::vector<std::vector<ValueHistogram>> codes_;  // [thread][value]
};

}  // namespace

std::vector<LayerMeasurement> MeasureLayers(
    const std::vector<StoredValue>& values, const FloatEngine& fp32,
    const IntegerRun& int8, const Normalization& normalization,
    const ImageSet& images, const Parallelism& parallelism, const Tick& tick) {
  Comparison comparison(values, fp32.graph(), images.size(),
                        parallelism.threads);
  ForEachBatch(
      images.size(), parallelism,
      [&](int thread, size_t begin, size_t end) {
        Comparison::Codes codes(values.size());
        int8(images.image(begin), end - begin,
             [&](int number, const IntegerTensor& tensor) {
               comparison.Keep(number, tensor, thread, codes);
             });
        std::vector<float> output(
            (end - begin) * fp32.graph().shapes[fp32.graph().output].size());
        fp32.Run(NormalizeImages(images, begin, end, normalization).data(),
                 end - begin, output.data(),
                 [&](int number, const float* real, size_t) {
                   comparison.Compare(number, real, begin, codes);
                 });
      },
      tick);
  return comparison.Result();
}

std::vector<StoredValue> StoredValues(const IntegerGraph& graph) {
  std::vector<StoredValue> values;
  for (size_t i = 0; i < graph.layers.size(); ++i)
    if (const int value = i + 1; graph.storages[value] == Storage::kU8)
      values.push_back({graph.layers[i].name, value, graph.sources[value],
                        graph.encodings[value]});
  return values;
}

std::vector<LayerMeasurement> MeasureNet(const QuantizedNet& net,
                                         const ImageSet& test, size_t images,
                                         const Parallelism& wanted) {
  const FloatEngine fp32(*net.folded);
  const ReferenceEngine int8(net.integer);
  const ImageSet first = SomeImages(test, 0, images);
  Progress progress("layers", "images", first.size());
  return MeasureLayers(
      StoredValues(net.integer), fp32,
      [&](const uint8_t* pixels, size_t count, const Observer& observer) {
        std::vector<int32_t> logits(count * kCifarClasses);
        int8.Run(pixels, count, logits.data(), observer);
      },
      net.normalization, first,
      FittingParallelism(wanted, FloatRunBytes(*net.folded)),
      [&](size_t done) { progress.Update(done); });
}

void AddActivations(const std::vector<LayerMeasurement>& measured,
                    std::vector<LayerHistograms>& histograms) {
  for (LayerHistograms& layer : histograms)
    for (const LayerMeasurement& measurement : measured)
      if (measurement.layer == layer.layer)
        layer.activations = measurement.activations;
}

}  // namespace lockstep::quant
