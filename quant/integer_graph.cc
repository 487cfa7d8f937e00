#include "quant/integer_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/quantize_conv.h"

namespace lockstep::quant {
namespace {

// A multiplier of the logits stays this far below 2^31.
constexpr double kLogitHeadroom = 2.0001;

// Walks the float nodes in order. A convolution or an Add makes nothing by
// itself: the ReLU after it does (or the output), since only there is a scale.
class Builder {
 public:
  Builder(const FloatGraph& graph, const std::vector<Range>& ranges,
          const Normalization& normalization)
      : graph_(graph),
        ranges_(ranges),
        normalization_(normalization),
        uses_(UseCounts(graph)),
        stored_(graph.shapes.size(), -1) {
    AddValue(0, Storage::kU8, Encoding());
  }

  absl::StatusOr<IntegerGraph> Build() {
    for (int value = 1; value < graph_.shapes.size(); ++value) {
      const absl::Status status = Visit(value);
      if (!status.ok()) return status;
    }
    if (stored_[graph_.output] != result_.output() || result_.layers.empty() ||
        result_.storages.back() != Storage::kLogits)
      return Refuse(graph_.output, "the net must end in a Gemm (or Conv)");
    return std::move(result_);
  }

 private:
  const FloatNode& Maker(int value) const { return graph_.nodes[value - 1]; }

  // What is wrong with the place of the node that makes `value`.
  absl::Status Refuse(int value, absl::string_view why) const {
    if (value == 0) return absl::UnimplementedError("the net has no layers");
    return absl::UnimplementedError(absl::StrCat("node '", Maker(value).name,
                                                 "' (", OpName(Maker(value).op),
                                                 "): ", why));
  }

  absl::Status Visit(int value) {
    switch (Maker(value).op) {
      case Op::kRelu:
        return VisitRelu(value);
      case Op::kMaxPool:
        return VisitPool(value, IntegerOp::kMaxPool);
      case Op::kGlobalAveragePool:
        return VisitPool(value, IntegerOp::kSum);
      case Op::kConv:
        return value == graph_.output ? VisitOutput(value) : absl::OkStatus();
      case Op::kAdd:
        return absl::OkStatus();
      case Op::kAveragePool:
        return Refuse(value, "has no integer form yet");
      case Op::kAffine:
        break;
    }
    return Refuse(value, "fold batch norm first");
  }

  absl::Status VisitRelu(int value) {
    const int input = Maker(value).inputs[0];
    if (IsFree(input, Op::kConv)) return EmitConv(value, input, nullptr, -1);
    if (IsFree(input, Op::kAdd)) return VisitAdd(value, input);
    return Refuse(value,
                  "must follow a Conv, Gemm or Add that nothing else reads");
  }

  // The convolution that the later of the two inputs is hosts the addition.
  absl::Status VisitAdd(int value, int add) {
    int other = Maker(add).inputs[0], host = Maker(add).inputs[1];
    if (other > host) std::swap(other, host);
    if (!IsFree(host, Op::kConv)) std::swap(other, host);
    if (!IsFree(host, Op::kConv))
      return Refuse(add, "one input must be a Conv that nothing else reads");
    if (!IsFree(other, Op::kConv)) {
      const auto residual = Find(add, other, Storage::kU8);
      if (!residual.ok()) return residual.status();
      return EmitConv(value, host, nullptr, *residual);
    }
    auto wide = Quantize(other);
    if (!wide.ok()) return wide.status();
    const absl::Status status = Emit(other, other, *wide, Storage::kWide, {});
    if (!status.ok()) return status;
    return EmitConv(value, host, &*wide, result_.output());
  }

  absl::Status VisitPool(int value, IntegerOp op) {
    const int from = Maker(value).inputs[0];
    const auto input = Find(value, from, Storage::kU8);
    if (!input.ok()) return input.status();
    IntegerLayer layer = {op, Maker(value).name, *input, -1,
                          Maker(value).window};
    Encoding encoding = encodings_[*input];
    if (op == IntegerOp::kSum) {
      layer.output = Storage::kSums;
      const Shape& map = graph_.shapes[from];
      encoding.scale /= double{1} * map.height * map.width;
      encoding.max *= map.height * map.width;
    }
    result_.layers.push_back(std::move(layer));
    AddValue(value, result_.layers.back().output, encoding);
    return absl::OkStatus();
  }

  // One scale for all logits, the smallest that keeps every multiplier (and
  // the bias, below 2^29 steps) in range: logits lose one bit of `acc`.
  absl::Status VisitOutput(int value) {
    const auto conv = Quantize(value);
    if (!conv.ok()) return conv.status();
    Encoding encoding = {0, 0};
    for (size_t c = 0; c < conv->bias.size(); ++c)
      encoding.scale =
          std::max({encoding.scale,
                    conv->input.scale * conv->weight_scale[c] * kLogitHeadroom,
                    std::ldexp(std::abs(conv->bias[c]), -29)});
    result_.logit_scale = encoding.scale;
    const auto numbers = Requantize(*conv, encoding.scale, nullptr, -1);
    if (!numbers.ok()) return numbers.status();
    return Emit(value, value, *conv, Storage::kLogits, *numbers);
  }

  // `value` is made by `op` and read once.
  bool IsFree(int value, Op op) const {
    return value > 0 && Maker(value).op == op && uses_[value] == 1;
  }

  // The integer value that stores `value`, which `reader` reads.
  absl::StatusOr<int> Find(int reader, int value, Storage storage) const {
    if (value == 0) return Refuse(reader, "only a Conv can read the input");
    const int found = stored_[value];
    if (found >= 0 && result_.storages[found] == storage) return found;
    return Refuse(value, absl::StrCat("is read by node '", Maker(reader).name,
                                      "' without a ReLU between"));
  }

  // The convolution of float value `value` with integer weights.
  absl::StatusOr<QuantizedConv> Quantize(int value) const {
    const FloatNode& node = Maker(value);
    const int from = node.inputs[0];
    const int channels = graph_.shapes[from].channels;
    if (from == 0)
      return QuantizeConv(FoldNormalization(node, normalization_), channels,
                          Encoding());
    if (stored_[from] < 0)
      return Refuse(from, absl::StrCat("is read by node '", node.name,
                                       "' without a ReLU between"));
    return QuantizeConv(node, channels, encodings_[stored_[from]]);
  }

  // Layer `value` = ReLU of convolution `from` plus the residual: the value
  // number `residual`, or -1; `wide` is its convolution if it is wide.
  absl::Status EmitConv(int value, int from, const QuantizedConv* wide,
                        int residual) {
    const auto conv = Quantize(from);
    if (!conv.ok()) return conv.status();
    const Encoding encoding = ActivationEncoding(ranges_[value]);
    const auto numbers = Requantize(*conv, encoding.scale, wide, residual);
    if (!numbers.ok()) return numbers.status();
    const absl::Status status =
        Emit(value, from, *conv, Storage::kU8, *numbers, residual);
    encodings_.back() = encoding;
    return status;
  }

  absl::StatusOr<Requantization> Requantize(const QuantizedConv& conv,
                                            double scale,
                                            const QuantizedConv* wide,
                                            int residual) const {
    Requantization out;
    if (residual >= 0 && wide == nullptr) {
      const auto m =
          FixedPoint(encodings_[residual].scale / scale, 24, conv.name, -1);
      if (!m.ok()) return m.status();
      out.residual_multiplier = *m;
    }
    for (size_t c = 0; c < conv.bias.size(); ++c) {
      const absl::Status status = RequantizeChannel(conv, scale, wide, c, out);
      if (!status.ok()) return status;
    }
    return out;
  }

  absl::Status RequantizeChannel(const QuantizedConv& conv, double scale,
                                 const QuantizedConv* wide, int c,
                                 Requantization& out) const {
    const auto m = FixedPoint(conv.input.scale * conv.weight_scale[c] / scale,
                              32, conv.name, c);
    if (!m.ok()) return m.status();
    double bias = conv.bias[c];
    int64_t residual = (int64_t{255} << 8) * std::abs(out.residual_multiplier);
    if (wide != nullptr) {
      const auto m2 = FixedPoint(
          wide->input.scale * wide->weight_scale[c] / scale, 32, wide->name, c);
      if (!m2.ok()) return m2.status();
      bias += wide->bias[c];
      residual = std::max(-wide->acc_min[c], wide->acc_max[c]) * *m2;
      out.wide_multiplier.push_back(*m2);
    }
    const auto offset = FixedPointOffset(bias / scale, conv.name, c);
    if (!offset.ok()) return offset.status();
    out.multiplier.push_back(*m);
    out.offset.push_back(*offset);
    return ProveNoOverflow(conv.acc_min[c], conv.acc_max[c], *m, residual,
                           *offset, conv.name, c);
  }

  // Appends the layer that makes float value `value` with the window and input
  // of convolution `from`.
  absl::Status Emit(int value, int from, const QuantizedConv& conv,
                    Storage storage, const Requantization& numbers,
                    int residual = -1) {
    const FloatNode& node = Maker(from);
    const int input = stored_[node.inputs[0]];
    if (result_.storages[input] == Storage::kSums &&
        (node.window.kernel_h != 1 || node.window.kernel_w != 1))
      return Refuse(from, "needs a 1x1 window after global average pooling");
    IntegerLayer layer = {IntegerOp::kConv, node.name,   input,
                          residual,         node.window, storage};
    layer.weights = conv.weights;
    layer.padding = Padding(node.inputs[0]);
    layer.requantization = numbers;
    result_.layers.push_back(std::move(layer));
    AddValue(value, storage, Encoding());
    return absl::OkStatus();
  }

  // What a tap outside the image reads.
  std::vector<uint8_t> Padding(int input) const {
    std::vector<uint8_t> padding(graph_.shapes[input].channels);
    if (input != 0) return padding;
    for (int c = 0; c < kCifarChannels; ++c)
      padding[c] = std::clamp<long>(
          std::lround(255 * double{normalization_.mean[c]}), 0, 255);
    return padding;
  }

  void AddValue(int value, Storage storage, const Encoding& encoding) {
    stored_[value] = result_.shapes.size();
    result_.shapes.push_back(graph_.shapes[value]);
    result_.storages.push_back(storage);
    encodings_.push_back(encoding);
  }

  const FloatGraph& graph_;
  const std::vector<Range>& ranges_;
  const Normalization& normalization_;
  const std::vector<int> uses_;
  std::vector<int> stored_;          // integer value of each float value, or -1
  std::vector<Encoding> encodings_;  // of each integer value
  IntegerGraph result_;
};

}  // namespace

absl::StatusOr<IntegerGraph> BuildIntegerGraph(
    const FloatGraph& graph, const std::vector<Range>& ranges,
    const Normalization& normalization) {
  if (ranges.size() != graph.shapes.size())
    return absl::InternalError("one range for each value is needed");
  return Builder(graph, ranges, normalization).Build();
}

}  // namespace lockstep::quant
