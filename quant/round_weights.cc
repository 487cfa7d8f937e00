#include "quant/round_weights.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <vector>

#include "Eigen/Core"
#include "quant/calibrate.h"
#include "quant/float_engine.h"
#include "quant/quantize_conv.h"

namespace lockstep::quant {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr int64_t kMostInputs = 1152;
// Windows of a map that are looked at: neighbours tell little new.
constexpr int kWindowsAMap = 16;
constexpr int kMostPasses = 20;

// Whole numbers: sums of up to 2^16 products of codes for each of 2^21 windows
// stay below 2^53.
struct Moments {
  Matrix products;  // sum of x x', lower half
  Vector sums;      // of x
  int64_t windows = 0;
};

// Output pixels that are looked at, the same for every image: a stride that
// has no common factor with a power of two walks all columns.
std::vector<int> Pixels(const Shape& out) {
  const int map = out.height * out.width;
  const int step = std::max(map / kWindowsAMap, 1) | 1;
  std::vector<int> pixels;
  for (int pixel = 0; pixel < map; pixel += step) pixels.push_back(pixel);
  return pixels;
}

// What the convolution of `node` reads, in steps: code minus zero point.
class Codes {
 public:
  // Of `value`; none if it is neither the input nor stored.
  Codes(const QuantizedGraph& graph, int value,
        const Normalization& normalization)
      : input_(graph.input),
        normalization_(normalization),
        is_input_(value == 0) {
    if (!is_input_) encoding_ = graph.encodings[value];
  }

  bool exist() const { return is_input_ || encoding_.has_value(); }

  double Of(float real, int channel) const {
    if (is_input_)
      return std::nearbyint(255 * (real * normalization_.std[channel] +
                                   normalization_.mean[channel])) -
             input_.zero_point[channel];
    const double zero = encoding_->zero_point;
    return std::clamp(std::nearbyint(double{real} / encoding_->scale) + zero,
                      0.0, 255.0) -
           zero;
  }

 private:
  const InputEncoding& input_;
  const Normalization& normalization_;
  const bool is_input_;
  std::optional<Encoding> encoding_;
};

// Adds the windows of one map, [channels][height][width].
void AddWindows(const float* map, const Shape& in, const Shape& out,
                const Window& w, const Codes& codes, Moments& moments) {
  const std::vector<int> pixels = Pixels(out);
  const int inputs = moments.sums.size();
  Matrix windows = Matrix::Zero(inputs, pixels.size());
  for (size_t p = 0; p < pixels.size(); ++p) {
    const int top = pixels[p] / out.width * w.stride_h - w.pad_top;
    const int left = pixels[p] % out.width * w.stride_w - w.pad_left;
    for (int i = 0; i < inputs; ++i) {
      const int c = i / (w.kernel_h * w.kernel_w);
      const int y = top + i / w.kernel_w % w.kernel_h;
      const int x = left + i % w.kernel_w;
      if (y >= 0 && x >= 0 && y < in.height && x < in.width)
        windows(i, p) = codes.Of(map[(c * in.height + y) * in.width + x], c);
    }
  }
  moments.products.selfadjointView<Eigen::Lower>().rankUpdate(windows);
  moments.sums += windows.rowwise().sum();
  moments.windows += pixels.size();
}

// The covariance, shrunk.
Matrix Covariance(const Moments& moments) {
  const double n = moments.windows, k = moments.sums.size();
  const Vector mean = moments.sums / n;
  Matrix c = moments.products.selfadjointView<Eigen::Lower>();
  c = c / n - mean * mean.transpose();
  const double shrink = k / (k + n);
  const double variance = c.trace() / k;
  c *= 1 - shrink;
  c.diagonal().array() += shrink * variance;
  return c;
}

// Moves the integers `values` of one channel, which stand for `exact`.
void Descend(const Matrix& c, const Vector& exact, int8_t* values) {
  Vector error(exact.size());
  for (int i = 0; i < exact.size(); ++i) error[i] = values[i] - exact[i];
  Vector slope = c * error;
  bool moved = true;
  for (int pass = 0; moved && pass < kMostPasses; ++pass) {
    moved = false;
    for (int i = 0; i < exact.size(); ++i) {
      const double move = error[i] > 0 ? -1 : 1;
      if (2 * move * slope[i] + c(i, i) >= 0 ||
          std::abs(values[i] + move) > 127)
        continue;
      values[i] += static_cast<int8_t>(move);
      error[i] += move;
      slope += move * c.col(i);
      moved = true;
    }
  }
}

// Rounds the weights of a convolution that stand for `node`'s.
void RoundConv(const FloatNode& node, const Moments& moments,
               QuantizedWeights& weights) {
  const Matrix c = Covariance(moments);
  const Vector mean = moments.sums / double(moments.windows);
  const int inputs = mean.size();
  for (size_t o = 0; o < weights.scale.size(); ++o) {
    int8_t* values = weights.values.data() + o * inputs;
    const std::vector<int8_t> nearest(values, values + inputs);
    Vector exact(inputs);
    for (int i = 0; i < inputs; ++i)
      exact[i] = double{node.weights[o * inputs + i]} / weights.scale[o];
    Descend(c, exact, values);
    double shift = 0;  // of the mean, in steps of the input times the weight
    for (int i = 0; i < inputs; ++i)
      shift += (values[i] - nearest[i]) * mean[i];
    weights.bias[o] -= static_cast<int32_t>(std::lround(shift));
  }
}

// A convolution whose weights are rounded anew.
struct Target {
  int node;
  Codes codes;
  Moments moments;
};

Moments NoMoments(int inputs) {
  return {Matrix::Zero(inputs, inputs), Vector::Zero(inputs), 0};
}

std::vector<Target> Targets(const FloatGraph& folded,
                            const QuantizedGraph& graph,
                            const Normalization& normalization) {
  std::vector<Target> targets;
  for (size_t i = 0; i < folded.nodes.size(); ++i) {
    const FloatNode& node = folded.nodes[i];
    if (node.op != Op::kConv) continue;
    const Codes codes(graph, node.inputs[0], normalization);
    const size_t inputs = node.weights.size() / node.bias.size();
    if (codes.exist() && inputs <= kMostInputs)
      targets.push_back({static_cast<int>(i), codes, NoMoments(inputs)});
  }
  return targets;
}

// Fills in the moments of all targets.
void Look(const FloatGraph& folded, const ImageSet& images,
          const Normalization& normalization, const Parallelism& parallelism,
          const Tick& tick, std::vector<Target>& targets) {
  std::mutex mutex;
  ObserveValues(
      FloatEngine(folded), images, normalization, parallelism,
      [&](int value, const float* data, size_t count) {
        for (Target& target : targets) {
          const FloatNode& node = folded.nodes[target.node];
          if (node.inputs[0] != value) continue;
          const Shape& in = folded.shapes[value];
          Moments batch = NoMoments(target.moments.sums.size());
          for (const float* map = data; map != data + count; map += in.size())
            AddWindows(map, in, folded.shapes[target.node + 1], node.window,
                       target.codes, batch);
          const std::lock_guard<std::mutex> lock(mutex);
          target.moments.products += batch.products;
          target.moments.sums += batch.sums;
          target.moments.windows += batch.windows;
        }
      },
      tick);
}

}  // namespace

void RoundForOutputs(const FloatGraph& folded, const ImageSet& images,
                     const Normalization& normalization,
                     const Parallelism& parallelism, QuantizedGraph& graph,
                     const Tick& tick) {
  std::vector<Target> targets = Targets(folded, graph, normalization);
  Look(folded, images, normalization, parallelism, tick, targets);
  ForEachBatch(
      targets.size(), {parallelism.threads, 1}, [&](int, size_t t, size_t) {
        const int i = targets[t].node;
        FloatNode node = folded.nodes[i];
        if (node.inputs[0] == 0)
          node = FoldNormalization(node, normalization, graph.input.zero_point);
        RoundConv(node, targets[t].moments, graph.weights[i]);
        graph.graph.nodes[i] = Dequantized(node, graph.weights[i]);
      });
}

}  // namespace lockstep::quant
