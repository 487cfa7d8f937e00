#include "quant/check_integer_graph.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "data/cifar10_shape.h"
#include "quant/overflow_proof.h"

namespace lockstep::quant {
namespace {

bool InRange(int64_t value, int64_t low, int64_t high) {
  return value >= low && value <= high;
}

bool IsDimension(int side) { return InRange(side, 1, kMaxElements); }

bool IsWindow(const Window& w) {
  return InRange(w.kernel_h, 1, kMaxSide) && InRange(w.kernel_w, 1, kMaxSide) &&
         InRange(w.stride_h, 1, kMaxSide) && InRange(w.stride_w, 1, kMaxSide) &&
         InRange(w.pad_top, 0, w.kernel_h - 1) &&
         InRange(w.pad_bottom, 0, w.kernel_h - 1) &&
         InRange(w.pad_left, 0, w.kernel_w - 1) &&
         InRange(w.pad_right, 0, w.kernel_w - 1);
}

// The side of a map after windows of one dimension; 0 if none fits.
int64_t OutputSide(int64_t in, int pads, int kernel, int stride) {
  return in + pads < kernel ? 0 : (in + pads - kernel) / stride + 1;
}

bool FitsWindow(const Window& w, const Shape& in, const Shape& out) {
  return out.height == OutputSide(in.height, w.pad_top + w.pad_bottom,
                                  w.kernel_h, w.stride_h) &&
         out.width == OutputSide(in.width, w.pad_left + w.pad_right, w.kernel_w,
                                 w.stride_w);
}

class Checker {
 public:
  explicit Checker(const IntegerGraph& graph) : graph_(graph) {}

  absl::Status Check() const {
    absl::Status status = CheckValues();
    for (size_t i = 0; i < graph_.layers.size() && status.ok(); ++i)
      status = CheckLayer(i);
    return status.ok() ? ProveNoOverflow(graph_) : status;
  }

 private:
  static absl::Status Refuse(absl::string_view why) {
    return absl::InvalidArgumentError(why);
  }

  absl::Status CheckValues() const {
    const size_t values = graph_.layers.size() + 1;
    if (values == 1 || values > kMaxNodes)
      return Refuse(absl::StrCat("a net of ", values - 1, " layers"));
    if (graph_.shapes.size() != values || graph_.storages.size() != values ||
        graph_.encodings.size() != values || graph_.sources.size() != values)
      return Refuse("not one shape, storage, encoding and source a value");
    if (!(graph_.shapes[0] == Shape{kCifarChannels, kCifarSide, kCifarSide}) ||
        graph_.storages[0] != Storage::kU8)
      return Refuse("the input is not 3x32x32 pixels");
    if (!graph_.input_codes.empty() &&
        graph_.input_codes.size() != 256 * kCifarChannels)
      return Refuse("the table of input codes has the wrong size");
    return CheckSizes();
  }

  absl::Status CheckSizes() const {
    int64_t elements = 0;
    for (const Shape& shape : graph_.shapes) {
      if (!IsDimension(shape.channels) || !IsDimension(shape.height) ||
          !IsDimension(shape.width) ||
          int64_t{shape.height} * shape.width > kMaxElements ||
          (elements += shape.size()) > kMaxElements)
        return Refuse("the values are empty or too large");
    }
    const Storage last = graph_.storages.back();
    if (!(graph_.shapes.back() == Shape{kCifarClasses, 1, 1}) ||
        (last != Storage::kLogits && last != Storage::kU8))
      return Refuse("the output is not 10 logits");
    if (!(graph_.logit_scale > 0) || !std::isfinite(graph_.logit_scale))
      return Refuse("the scale of the logits is not positive");
    return absl::OkStatus();
  }

  absl::Status CheckLayer(size_t i) const {
    const IntegerLayer& layer = graph_.layers[i];
    const char* problem = nullptr;
    if (!InRange(layer.input, 0, i) || !InRange(layer.residual, -1, i))
      problem = "reads a value that is not there yet";
    else if (layer.output != graph_.storages[i + 1])
      problem = "its storage is not its value's";
    else if (!HasGoodOutput(i))
      problem = "its input, output and residual do not fit each other";
    else if (!HasGoodNumbers(i))
      problem = "the sizes of its weights or multipliers are wrong";
    if (problem == nullptr) return absl::OkStatus();
    return Refuse(absl::StrCat("layer ", i, " '", layer.name, "': ", problem));
  }

  bool HasGoodOutput(size_t i) const {
    const IntegerLayer& layer = graph_.layers[i];
    const Shape &in = graph_.shapes[layer.input], &out = graph_.shapes[i + 1];
    const Storage from = graph_.storages[layer.input];
    if (layer.op == IntegerOp::kConv) return ConvFits(layer, in, out, from, i);
    if (from != Storage::kU8 || in.channels != out.channels) return false;
    if (layer.op == IntegerOp::kSum)
      return layer.output == Storage::kSums && layer.residual < 0 &&
             out.height == 1 && out.width == 1;
    return layer.output == Storage::kU8 && IsWindow(layer.window) &&
           FitsWindow(layer.window, in, out) && ResidualFits(layer, out) &&
           out.size() * layer.window.kernel_h * layer.window.kernel_w <=
               kMaxMacs;
  }

  bool ConvFits(const IntegerLayer& layer, const Shape& in, const Shape& out,
                Storage from, size_t i) const {
    const Window& w = layer.window;
    if (!IsWindow(w) || !FitsWindow(w, in, out) || !ResidualFits(layer, out))
      return false;
    const bool is_last = i + 1 == graph_.layers.size();
    if (layer.output == Storage::kSums ||
        (layer.output == Storage::kLogits && !is_last) ||
        (layer.output == Storage::kWide && layer.residual >= 0))
      return false;
    return from == Storage::kU8 ||
           (from == Storage::kSums && in.height * in.width == 1 &&
            w.kernel_h * w.kernel_w == 1 && w.stride_h * w.stride_w == 1);
  }

  bool ResidualFits(const IntegerLayer& layer, const Shape& out) const {
    if (layer.residual < 0) return true;
    const Storage storage = graph_.storages[layer.residual];
    return layer.op != IntegerOp::kMaxPool &&
           graph_.shapes[layer.residual] == out &&
           (storage == Storage::kU8 ||
            (storage == Storage::kWide && layer.op == IntegerOp::kConv));
  }

  bool HasGoodNumbers(size_t i) const {
    const IntegerLayer& layer = graph_.layers[i];
    const Requantization& q = layer.requantization;
    const size_t channels = graph_.shapes[i + 1].channels;
    if (q.input_multiplier < 0 || q.residual_multiplier < 0) return false;
    if (layer.op == IntegerOp::kRescale) return q.offset.size() == channels;
    if (layer.op != IntegerOp::kConv) return true;
    const Shape& in = graph_.shapes[layer.input];
    const Window& w = layer.window;
    const int64_t taps = int64_t{in.channels} * w.kernel_h * w.kernel_w;
    if (taps > kMaxTaps || layer.weights.size() != channels * taps ||
        layer.padding.size() != size_t(in.channels) ||
        taps * graph_.shapes[i + 1].size() > kMaxMacs)
      return false;
    return layer.output == Storage::kWide || MultipliersFit(layer, channels);
  }

  bool MultipliersFit(const IntegerLayer& layer, size_t channels) const {
    const Requantization& q = layer.requantization;
    const bool wide = layer.residual >= 0 &&
                      graph_.storages[layer.residual] == Storage::kWide;
    const auto negative = [](int32_t m) { return m < 0; };
    return q.multiplier.size() == channels && q.offset.size() == channels &&
           q.wide_multiplier.size() == (wide ? channels : 0) &&
           std::none_of(q.multiplier.begin(), q.multiplier.end(), negative) &&
           std::none_of(q.wide_multiplier.begin(), q.wide_multiplier.end(),
                        negative);
  }

  const IntegerGraph& graph_;
};

}  // namespace

absl::Status CheckIntegerGraph(const IntegerGraph& graph) {
  return Checker(graph).Check();
}

}  // namespace lockstep::quant
