#include "quant/build_integer_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/integer_conv.h"
#include "quant/overflow_proof.h"
#include "quant/requantization.h"

namespace lockstep::quant {
namespace {

// A multiplier of the logits stays this far below 2^31.
constexpr double kLogitHeadroom = 2.0001;

// The smallest scale for all logits that keeps every multiplier (and the bias,
// below 2^29 steps) in range: logits lose one bit of `acc`.
double LogitScale(const IntegerConv& conv) {
  double scale = 0;
  for (size_t c = 0; c < conv.bias.size(); ++c)
    scale = std::max({scale,
                      conv.input_scale * conv.weight_scale[c] * kLogitHeadroom,
                      std::ldexp(std::abs(conv.bias[c]), -29)});
  return scale;
}

// Walks the nodes in order. A convolution or an Add that is not stored makes
// nothing by itself: what stores its sum does.
class Builder {
 public:
  explicit Builder(const QuantizedGraph& quantized)
      : quantized_(quantized),
        graph_(quantized.graph),
        uses_(UseCounts(quantized.graph)),
        stored_(quantized.graph.shapes.size(), -1) {
    result_.input_codes = quantized.input.codes;
    AddValue(0, Storage::kU8, {quantized.input.scale, 0});
  }

  absl::StatusOr<IntegerGraph> Build() {
    for (int value = 1; value < graph_.shapes.size(); ++value) {
      const absl::Status status = Visit(value);
      if (!status.ok()) return status;
    }
    const Storage last = result_.storages.back();
    if (stored_[graph_.output] != result_.output() || result_.layers.empty() ||
        (last != Storage::kLogits && !EncodingOf(graph_.output)))
      return Refuse(graph_.output, "the net must end in a Gemm (or Conv)");
    if (last == Storage::kU8)
      result_.logit_scale = EncodingOf(graph_.output)->scale;
    const absl::Status proof = ProveNoOverflow(result_);
    if (!proof.ok()) return proof;
    return std::move(result_);
  }

 private:
  const FloatNode& Maker(int value) const { return graph_.nodes[value - 1]; }
  const std::optional<Encoding>& EncodingOf(int value) const {
    return quantized_.encodings[value];
  }

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
        return VisitMaxPool(value);
      case Op::kGlobalAveragePool:
        return EncodingOf(value) ? EmitMean(value) : EmitSum(value);
      case Op::kAveragePool:
        return EmitMean(value);
      case Op::kConv:
        if (EncodingOf(value)) return EmitConv(value, value, {}, -1);
        return value == graph_.output ? VisitOutput(value) : absl::OkStatus();
      case Op::kAdd:
        return EncodingOf(value) ? VisitAdd(value, value) : absl::OkStatus();
      case Op::kAffine:
        break;
    }
    return Refuse(value, "fold batch norm first");
  }

  absl::Status VisitRelu(int value) {
    const int input = Maker(value).inputs[0];
    if (!EncodingOf(value)) return Refuse(value, "must be stored in 8 bits");
    if (const int zero = EncodingOf(value)->zero_point; zero != 0)
      return Refuse(
          value,
          absl::StrCat("must be stored with zero point 0 (-128 in s8), not ",
                       zero, " (", zero - 128,
                       "); quantise activations asymmetrically, in ONNX "
                       "Runtime with ActivationSymmetric=False"));
    if (IsExact(input, Op::kConv)) return EmitConv(value, input, {}, -1);
    if (IsExact(input, Op::kAdd)) return VisitAdd(value, input);
    return EmitMean(value);
  }

  // What stores `value` is the sum of Add node `add`: hosted by the later of
  // its inputs that is a convolution whose sum is exact, if one is.
  absl::Status VisitAdd(int value, int add) {
    int other = Maker(add).inputs[0], host = Maker(add).inputs[1];
    if (other > host) std::swap(other, host);
    if (!IsExact(host, Op::kConv)) std::swap(other, host);
    if (!IsExact(host, Op::kConv)) return EmitAdd(value, add, host, other);
    if (!IsExact(other, Op::kConv)) {
      const auto residual = Find(add, other);
      if (!residual.ok()) return residual.status();
      return EmitConv(value, host, {EncodingOf(other), nullptr}, *residual);
    }
    const auto wide = MakeConv(other);
    if (!wide.ok()) return wide.status();
    const absl::Status status =
        EmitWeights(other, other, *wide, Storage::kWide, {}, -1);
    if (!status.ok()) return status;
    return EmitConv(value, host, {std::nullopt, &*wide}, result_.output());
  }

  absl::Status VisitMaxPool(int value) {
    const int from = Maker(value).inputs[0];
    const auto input = Find(value, from);
    if (!input.ok()) return input.status();
    if (!(EncodingOf(value) == EncodingOf(from)))
      return Refuse(value, "input and output must have one scale");
    Emit(value, {IntegerOp::kMaxPool, Maker(value).name, *input, -1,
                 Maker(value).window});
    return absl::OkStatus();
  }

  absl::Status EmitSum(int value) {
    const auto input = Find(value, Maker(value).inputs[0]);
    if (!input.ok()) return input.status();
    IntegerLayer layer = {IntegerOp::kSum, Maker(value).name, *input};
    layer.output = Storage::kSums;
    Emit(value, std::move(layer));
    return absl::OkStatus();
  }

  // Node `value` averages its window of one stored value, maybe of one pixel.
  absl::Status EmitMean(int value) {
    const FloatNode& node = Maker(value);
    if (!EncodingOf(value)) return Refuse(value, "must be stored in 8 bits");
    Window window = node.op == Op::kAveragePool ? node.window : Window();
    if (node.op == Op::kGlobalAveragePool) {
      const Shape& map = graph_.shapes[node.inputs[0]];
      window.kernel_h = map.height;
      window.kernel_w = map.width;
    }
    return EmitRescaled(value, value, node.inputs[0], window, {}, -1);
  }

  absl::Status EmitAdd(int value, int add, int first, int second) {
    const auto residual = Find(add, second);
    if (!residual.ok()) return residual.status();
    return EmitRescaled(value, add, first, Window(),
                        {EncodingOf(second), nullptr}, *residual);
  }

  // Layer `value` is the mean of `window` over `from`, plus the residual, for
  // node `node`.
  absl::Status EmitRescaled(int value, int node, int from, const Window& window,
                            const Residual& residual, int residual_value) {
    const auto input = Find(node, from);
    if (!input.ok()) return input.status();
    if (EncodingOf(from)->zero_point != 0 && window.HasPadding())
      return Refuse(node, "pads what is not stored with zero point 0");
    const auto numbers =
        RequantizeMean(*EncodingOf(from), window.kernel_h * window.kernel_w,
                       *EncodingOf(value), residual,
                       graph_.shapes[value].channels, Maker(node).name);
    if (!numbers.ok()) return numbers.status();
    IntegerLayer layer = {IntegerOp::kRescale, Maker(node).name, *input,
                          residual_value, window};
    layer.requantization = *numbers;
    Emit(value, std::move(layer));
    return absl::OkStatus();
  }

  absl::Status VisitOutput(int value) {
    const auto conv = MakeConv(value);
    if (!conv.ok()) return conv.status();
    result_.logit_scale = LogitScale(*conv);
    const auto numbers = RequantizeConv(*conv, result_.logit_scale, 0, {});
    if (!numbers.ok()) return numbers.status();
    return EmitWeights(value, value, *conv, Storage::kLogits, *numbers, -1);
  }

  // `value` is made by `op`, read once, and not stored.
  bool IsExact(int value, Op op) const {
    return value > 0 && Maker(value).op == op && uses_[value] == 1 &&
           !EncodingOf(value);
  }

  // The integer value that stores `value`, which node `reader` reads.
  absl::StatusOr<int> Find(int reader, int value) const {
    if (value == 0) return Refuse(reader, "only a Conv can read the input");
    const int found = stored_[value];
    if (found >= 0 && result_.storages[found] == Storage::kU8) return found;
    return Refuse(value, absl::StrCat("is read by node '", Maker(reader).name,
                                      "', but not stored in 8 bits"));
  }

  // What a convolution that reads `value` sees.
  InputCodes CodesOf(int value) const {
    const size_t channels = graph_.shapes[value].channels;
    if (value == 0) {
      const auto& zero = quantized_.input.zero_point;
      return {quantized_.input.scale, {zero.begin(), zero.end()}};
    }
    const std::optional<Encoding>& encoding = EncodingOf(value);
    if (encoding)
      return {encoding->scale,
              std::vector<int64_t>(channels, encoding->zero_point)};
    const int mean_of = Maker(value).inputs[0];  // a sum of the whole map
    const Shape& map = graph_.shapes[mean_of];
    const int64_t pixels = int64_t{map.height} * map.width;
    return {double{EncodingOf(mean_of)->scale} / pixels,
            std::vector<int64_t>(channels,
                                 pixels * EncodingOf(mean_of)->zero_point)};
  }

  // The convolution of value `value` in integers.
  absl::StatusOr<IntegerConv> MakeConv(int value) const {
    const FloatNode& node = Maker(value);
    const int from = node.inputs[0];
    if (stored_[from] < 0)
      return Refuse(from, absl::StrCat("is read by node '", node.name,
                                       "', but not stored in 8 bits"));
    if (result_.storages[stored_[from]] == Storage::kSums &&
        (node.window.kernel_h != 1 || node.window.kernel_w != 1))
      return Refuse(value, "needs a 1x1 window after global average pooling");
    return MakeIntegerConv(node, quantized_.weights[value - 1], CodesOf(from));
  }

  // Layer `value` stores convolution `from` plus the residual.
  absl::Status EmitConv(int value, int from, const Residual& residual,
                        int residual_value) {
    const auto conv = MakeConv(from);
    if (!conv.ok()) return conv.status();
    const Encoding& encoding = *EncodingOf(value);
    const auto numbers =
        RequantizeConv(*conv, encoding.scale, encoding.zero_point, residual);
    if (!numbers.ok()) return numbers.status();
    return EmitWeights(value, from, *conv, Storage::kU8, *numbers,
                       residual_value);
  }

  // Appends the layer that makes `value` with the window and input of
  // convolution `from`.
  absl::Status EmitWeights(int value, int from, const IntegerConv& conv,
                           Storage storage, const Requantization& numbers,
                           int residual) {
    const FloatNode& node = Maker(from);
    IntegerLayer layer = {
        IntegerOp::kConv, node.name,   stored_[node.inputs[0]],
        residual,         node.window, storage};
    layer.weights = conv.weights;
    for (int64_t zero : CodesOf(node.inputs[0]).zero_point)
      layer.padding.push_back(zero);
    layer.requantization = numbers;
    Emit(value, std::move(layer));
    return absl::OkStatus();
  }

  void Emit(int value, IntegerLayer layer) {
    const Storage storage = layer.output;
    result_.layers.push_back(std::move(layer));
    AddValue(value, storage, EncodingOf(value).value_or(Encoding()));
  }

  void AddValue(int value, Storage storage, const Encoding& encoding) {
    stored_[value] = result_.shapes.size();
    result_.shapes.push_back(graph_.shapes[value]);
    result_.storages.push_back(storage);
    result_.encodings.push_back(encoding);
    result_.sources.push_back(value);
  }

  const QuantizedGraph& quantized_;
  const FloatGraph& graph_;
  const std::vector<int> uses_;
  std::vector<int> stored_;  // integer value of each value, or -1
  IntegerGraph result_;
};

}  // namespace

absl::StatusOr<IntegerGraph> BuildIntegerGraph(const QuantizedGraph& graph) {
  if (graph.encodings.size() != graph.graph.shapes.size() ||
      graph.weights.size() != graph.graph.nodes.size())
    return absl::InternalError("one encoding for each value is needed");
  return Builder(graph).Build();
}

}  // namespace lockstep::quant
