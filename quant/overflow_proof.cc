#include "quant/overflow_proof.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quant/fixed_point.h"

namespace lockstep::quant {
namespace {

constexpr __int128 kLimit = __int128{1} << 62;
constexpr int64_t kMaxCode = 255;

// The sums of one channel, or any partial ones, lie in [low, high].
struct Bounds {
  int64_t low = 0, high = 0;

  int64_t Magnitude() const { return std::max(-low, high); }
};

// Sums of weights of either sign times inputs in [0, max]. Blocks are short
// enough for int32 and plain enough for the compiler to vectorise: 11 million
// weights take 2 ms.
Bounds SumBounds(const int8_t* weights, size_t count, int64_t max) {
  constexpr size_t kBlock = 4096;
  int64_t sum = 0, magnitude = 0;
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, count);
    int32_t block_sum = 0, block_magnitude = 0;
    for (size_t i = begin; i < end; ++i) {
      block_sum += weights[i];
      block_magnitude += std::abs(int32_t{weights[i]});
    }
    sum += block_sum;
    magnitude += block_magnitude;
  }
  return {(sum - magnitude) / 2 * max, (sum + magnitude) / 2 * max};
}

absl::Status CheckSum(const Bounds& bounds, const Place& place,
                      absl::string_view advice = "") {
  if (bounds.low >= std::numeric_limits<int32_t>::min() &&
      bounds.high <= std::numeric_limits<int32_t>::max())
    return absl::OkStatus();
  return RefuseAt(place, absl::StrCat("the sum can reach [", bounds.low, ", ",
                                      bounds.high, "], outside int32", advice));
}

absl::Status CheckTotal(__int128 largest, const Place& place) {
  if (largest < kLimit) return absl::OkStatus();
  return RefuseAt(place, "the requantisation sum can reach 2^62");
}

__int128 Product(int64_t a, int64_t b) {
  const __int128 product = __int128{a} * b;
  return product < 0 ? -product : product;
}

// Walks the layers; keeps the bounds of what is stored as sums.
class Prover {
 public:
  explicit Prover(const IntegerGraph& graph)
      : graph_(graph), bounds_(graph.shapes.size()) {}

  absl::Status Prove() {
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
      const absl::Status status = ProveLayer(i);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ProveLayer(size_t i) {
    switch (graph_.layers[i].op) {
      case IntegerOp::kConv:
        return ProveConv(i);
      case IntegerOp::kSum:
        return ProveSum(i);
      case IntegerOp::kRescale:
        return ProveRescale(i);
      case IntegerOp::kMaxPool:
        break;
    }
    return absl::OkStatus();
  }

  absl::Status ProveSum(size_t i) {
    const Shape& map = graph_.shapes[graph_.layers[i].input];
    const Bounds bounds = {0, kMaxCode * map.height * map.width};
    bounds_[i + 1].assign(map.channels, bounds);
    return CheckSum(bounds, {graph_.layers[i].name});
  }

  absl::Status ProveConv(size_t i) {
    const IntegerLayer& layer = graph_.layers[i];
    const int channels = graph_.shapes[i + 1].channels;
    const size_t count = layer.weights.size() / channels;
    const std::vector<Bounds>& input = bounds_[layer.input];
    const int64_t max = input.empty() ? kMaxCode : input[0].high;
    for (int c = 0; c < channels; ++c) {
      const Bounds bounds =
          SumBounds(layer.weights.data() + c * count, count, max);
      if (layer.output != Storage::kU8) bounds_[i + 1].push_back(bounds);
      absl::Status status = CheckSum(
          bounds, {layer.name, c},
          input.empty() ? ""
                        : "; --dialect=ort stores the mean that it reads in 8 "
                          "bits");
      if (status.ok() && layer.output != Storage::kWide)
        status = CheckTotal(
            Product(bounds.Magnitude(), layer.requantization.multiplier[c]) +
                Rest(layer, c),
            {layer.name, c});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ProveRescale(size_t i) {
    const IntegerLayer& layer = graph_.layers[i];
    const Bounds sum = {
        0, kMaxCode * layer.window.kernel_h * layer.window.kernel_w};
    absl::Status status = CheckSum(sum, {layer.name});
    for (int c = 0; c < graph_.shapes[i + 1].channels && status.ok(); ++c)
      status = CheckTotal(
          Product(sum.high << 8, layer.requantization.input_multiplier) +
              Rest(layer, c),
          {layer.name, c});
    return status;
  }

  // The largest magnitude of residual and offset together.
  __int128 Rest(const IntegerLayer& layer, int c) const {
    const Requantization& q = layer.requantization;
    const __int128 offset = Product(q.offset[c], 1);
    if (layer.residual < 0) return offset;
    if (graph_.storages[layer.residual] == Storage::kWide)
      return offset + Product(bounds_[layer.residual][c].Magnitude(),
                              q.wide_multiplier[c]);
    return offset + Product(kMaxCode << 8, q.residual_multiplier);
  }

  const IntegerGraph& graph_;
  std::vector<std::vector<Bounds>> bounds_;  // of each value that holds sums
};

}  // namespace

absl::Status ProveNoOverflow(const IntegerGraph& graph) {
  return Prover(graph).Prove();
}

}  // namespace lockstep::quant
