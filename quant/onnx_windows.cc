#include "quant/onnx_windows.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;

bool AllEqual(const std::vector<int>& values, int expected) {
  return std::all_of(values.begin(), values.end(),
                     [&](int v) { return v == expected; });
}

// The window's height and width.
absl::StatusOr<std::vector<int>> ReadKernel(const NodeProto& node,
                                            std::vector<int> kernel) {
  if (FindAttribute(node, "kernel_shape") == nullptr && !kernel.empty())
    return kernel;
  const auto given = IntsAttribute(node, "kernel_shape", 2, 0);
  if (given.ok() && !kernel.empty() && kernel != *given)
    return BadNode(node, "kernel_shape differs from the weights' shape");
  return given;
}

// Sets the pads of one axis so that there is an output for every stride-th
// pixel; `upper` puts an odd one at the end.
void PadSame(int size, int kernel, int stride, bool upper, int& begin,
             int& end) {
  const int64_t outputs = (int64_t{size} + stride - 1) / stride;
  const int64_t total =
      std::max<int64_t>((outputs - 1) * stride + kernel - size, 0);
  begin = (total + (upper ? 0 : 1)) / 2;
  end = total - begin;
}

// Sets pads, which are zero, to what the attribute auto_pad says.
absl::Status PadAutomatically(const NodeProto& node, const Shape& in,
                              Window& w) {
  const std::string& how = FindAttribute(node, "auto_pad")->s();
  if (how == "VALID") return absl::OkStatus();
  const bool upper = how == "SAME_UPPER";
  if (!upper && how != "SAME_LOWER")
    return BadNode(node, absl::StrCat("auto_pad is '", how, "'"));
  if (w.stride_h < 1 || w.stride_w < 1)
    return BadNode(node, "strides must be positive");
  PadSame(in.height, w.kernel_h, w.stride_h, upper, w.pad_top, w.pad_bottom);
  PadSame(in.width, w.kernel_w, w.stride_w, upper, w.pad_left, w.pad_right);
  return absl::OkStatus();
}

bool HasPads(const Window& w) {
  return w.pad_top != 0 || w.pad_left != 0 || w.pad_bottom != 0 ||
         w.pad_right != 0;
}

// The window of a pool. ceil_mode may be 1 where windows end with the map.
absl::StatusOr<Window> PoolWindow(const NodeProto& node, const Shape& in) {
  const auto window = ReadWindow(node, {}, in);
  if (!window.ok() || IntAttribute(node, "ceil_mode", 0) == 0) return window;
  const Window& w = *window;
  if (w.stride_h < 1 || w.stride_w < 1 ||
      (in.height + w.pad_top + w.pad_bottom - w.kernel_h) % w.stride_h != 0 ||
      (in.width + w.pad_left + w.pad_right - w.kernel_w) % w.stride_w != 0)
    return Unsupported(node,
                       "ceil_mode=1 adds windows that end outside the map; "
                       "only 0 is supported");
  return window;
}

absl::Status AppendMean(const NodeProto& node, const Operand& in, int rank,
                        Import& import) {
  return Append(node, {Op::kGlobalAveragePool, NodeName(node), {in.value}, {}},
                rank, import);
}

}  // namespace

absl::StatusOr<Window> ReadWindow(const NodeProto& node,
                                  std::vector<int> kernel, const Shape& in) {
  const auto dilations = IntsAttribute(node, "dilations", 2, 1);
  if (!dilations.ok()) return dilations.status();
  if (!AllEqual(*dilations, 1)) return Unsupported(node, "dilations must be 1");
  const auto sides = ReadKernel(node, std::move(kernel));
  if (!sides.ok()) return sides.status();
  const auto strides = IntsAttribute(node, "strides", 2, 1);
  if (!strides.ok()) return strides.status();
  const auto pads = IntsAttribute(node, "pads", 4, 0);
  if (!pads.ok()) return pads.status();
  Window window = {(*sides)[0], (*sides)[1], (*strides)[0], (*strides)[1],
                   (*pads)[0],  (*pads)[1],  (*pads)[2],    (*pads)[3]};
  const onnx::AttributeProto* automatic = FindAttribute(node, "auto_pad");
  if (automatic == nullptr || automatic->s() == "NOTSET") return window;
  if (HasPads(window)) return BadNode(node, "has both auto_pad and pads");
  const absl::Status status = PadAutomatically(node, in, window);
  if (!status.ok()) return status;
  return window;
}

absl::Status ImportConv(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  const auto& dims = (*tensor)->dims();
  if (IntAttribute(node, "group", 1) != 1)
    return Unsupported(node, "group must be 1");
  const int channels = ShapeOf(*in, import).channels;
  if (dims.size() != 4 || dims[1] != channels || dims[2] > (1 << 20) ||
      dims[3] > (1 << 20))
    return BadNode(
        node, absl::StrCat("weights ", Describe(**tensor), " must be [out,",
                           channels, ",height,width]"));
  auto weights = FindFloats(node, 1, import);
  if (!weights.ok()) return weights.status();
  if (weights->empty()) return BadNode(node, "has no weights");
  const auto window =
      ReadWindow(node, {static_cast<int>(dims[2]), static_cast<int>(dims[3])},
                 ShapeOf(*in, import));
  if (!window.ok()) return window.status();
  // No more than weights, which are there.
  auto bias = HasInput(node, 2) ? FindVector(node, 2, dims[0], import)
                                : std::vector<float>(dims[0]);
  if (!bias.ok()) return bias.status();
  return Append(node,
                {Op::kConv,
                 NodeName(node),
                 {in->value},
                 *window,
                 *std::move(weights),
                 *std::move(bias)},
                4, import);
}

absl::Status ImportMaxPool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const auto window = PoolWindow(node, ShapeOf(*in, import));
  if (!window.ok()) return window.status();
  return Append(node, {Op::kMaxPool, NodeName(node), {in->value}, *window}, 4,
                import);
}

absl::Status ImportGlobalAveragePool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  return in.ok() ? AppendMean(node, *in, 4, import) : in.status();
}

absl::Status ImportAveragePool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const Shape& shape = ShapeOf(*in, import);
  const auto window = PoolWindow(node, shape);
  if (!window.ok()) return window.status();
  if (HasPads(*window) && IntAttribute(node, "count_include_pad", 0) == 0)
    return Unsupported(node,
                       "pads need count_include_pad=1: windows at the border "
                       "would have divisors of their own");
  if (!HasPads(*window) && window->kernel_h == shape.height &&
      window->kernel_w == shape.width)
    return AppendMean(node, *in, 4, import);
  return Append(node, {Op::kAveragePool, NodeName(node), {in->value}, *window},
                4, import);
}

absl::Status ImportReduceMean(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  const auto axes = FindAxes(node, 18, in->rank, import);
  if (!axes.ok()) return axes.status();
  if (axes->empty() && IntAttribute(node, "noop_with_empty_axes", 0) != 0)
    return Define(node, *in, import);
  if (in->rank != 4 || *axes != std::vector<int64_t>{2, 3})
    return Unsupported(node, "must reduce axes 2 and 3 of a map");
  const bool keep = IntAttribute(node, "keepdims", 1) != 0;
  return AppendMean(node, *in, keep ? 4 : 2, import);
}

}  // namespace lockstep::quant
