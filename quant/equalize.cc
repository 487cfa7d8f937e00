#include "quant/equalize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace lockstep::quant {
namespace {

constexpr int kMostRounds = 100;

// Number of nodes: two convolutions with only scalable nodes between.
using Pair = std::pair<size_t, size_t>;

bool CommutesWithScale(Op op) {
  return op == Op::kRelu || op == Op::kMaxPool || op == Op::kGlobalAveragePool;
}

// Each convolution's only reader, beyond nodes that commute, if that is a
// convolution too.
std::vector<Pair> FindPairs(const FloatGraph& graph) {
  const std::vector<int> uses = UseCounts(graph);
  // The convolution that alone scales each value, or -1.
  std::vector<int> source(graph.shapes.size(), -1);
  std::vector<Pair> pairs;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const FloatNode& node = graph.nodes[i];
    const int input = node.inputs[0];
    const int from = uses[input] == 1 ? source[input] : -1;
    if (node.op == Op::kConv) {
      if (from >= 0) pairs.push_back({from, i});
      source[i + 1] = i;
    } else if (CommutesWithScale(node.op)) {
      source[i + 1] = from;
    }
  }
  return pairs;
}

// Weight (out, in, tap) of `node` is weights[(out * inputs + in) * taps + tap].
size_t Taps(const FloatNode& node) {
  return size_t(node.window.kernel_h) * node.window.kernel_w;
}

// The largest weight of each output channel.
std::vector<float> OutputRanges(const FloatNode& node) {
  std::vector<float> ranges(node.bias.size());
  const size_t count = node.weights.size() / node.bias.size();
  for (size_t i = 0; i < node.weights.size(); ++i)
    ranges[i / count] = std::max(ranges[i / count], std::abs(node.weights[i]));
  return ranges;
}

// The largest weight of each of `inputs` input channels.
std::vector<float> InputRanges(const FloatNode& node, size_t inputs) {
  std::vector<float> ranges(inputs);
  const size_t taps = Taps(node);
  for (size_t i = 0; i < node.weights.size(); ++i)
    ranges[i / taps % inputs] =
        std::max(ranges[i / taps % inputs], std::abs(node.weights[i]));
  return ranges;
}

// log2 of the power of two nearest to sqrt(r1 / r2); ties to 1, or two channels
// could take turns for ever.
int Exponent(float r1, float r2) {
  if (r1 == 0 || r2 == 0) return 0;
  const double exponent = (std::log2(double{r1}) - std::log2(double{r2})) / 2;
  return exponent < 0 ? std::ceil(exponent - 0.5) : std::floor(exponent + 0.5);
}

// Divides what `first` makes of each channel by 2^exponents, and lets `second`
// make up for it.
void Scale(const std::vector<int>& exponents, FloatNode& first,
           FloatNode& second) {
  const size_t channels = exponents.size(), taps = Taps(second);
  const size_t count = first.weights.size() / channels;
  for (size_t i = 0; i < first.weights.size(); ++i)
    first.weights[i] = std::ldexp(first.weights[i], -exponents[i / count]);
  for (size_t c = 0; c < channels; ++c)
    first.bias[c] = std::ldexp(first.bias[c], -exponents[c]);
  for (size_t i = 0; i < second.weights.size(); ++i)
    second.weights[i] =
        std::ldexp(second.weights[i], exponents[i / taps % channels]);
}

// Whether anything changed.
bool EqualizePair(FloatNode& first, FloatNode& second) {
  const std::vector<float> r1 = OutputRanges(first);
  const std::vector<float> r2 = InputRanges(second, r1.size());
  std::vector<int> exponents(r1.size());
  for (size_t c = 0; c < r1.size(); ++c) exponents[c] = Exponent(r1[c], r2[c]);
  Scale(exponents, first, second);
  return std::any_of(exponents.begin(), exponents.end(),
                     [](int exponent) { return exponent != 0; });
}

}  // namespace

FloatGraph Equalize(FloatGraph folded) {
  const std::vector<Pair> pairs = FindPairs(folded);
  bool changed = true;
  for (int round = 0; changed && round < kMostRounds; ++round) {
    changed = false;
    for (const Pair& pair : pairs)
      changed |=
          EqualizePair(folded.nodes[pair.first], folded.nodes[pair.second]);
  }
  return folded;
}

}  // namespace lockstep::quant
