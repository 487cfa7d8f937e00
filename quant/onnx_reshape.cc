#include "quant/onnx_reshape.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;

// The shape of one image, as ONNX sees it.
std::vector<int64_t> ImageDims(const Operand& operand, const Import& import) {
  const Shape& shape = ShapeOf(operand, import);
  if (operand.rank == 2) return {shape.size()};
  return {shape.channels, shape.height, shape.width};
}

// Whether `first`, what a Reshape says of the batch, leaves it as it is. A
// model that is made for one image at a time may say 1.
bool KeepsBatch(int64_t first, bool zero_copies, const Import& import) {
  if (first == 0) return zero_copies;
  return first == -1 || first == std::max<int64_t>(import.batch, 1);
}

// Replaces the one -1 in `dims`, if any, so that their product is `size`; false
// if that cannot be.
bool Complete(int64_t size, std::vector<int64_t>& dims) {
  int64_t product = 1;
  int64_t* open = nullptr;
  for (int64_t& dim : dims) {
    if (dim == -1 && open == nullptr) {
      open = &dim;
      continue;
    }
    if (dim < 1 || dim > size / product) return false;
    product *= dim;
  }
  if (open != nullptr) *open = size / product;
  return open != nullptr ? size % product == 0 : size == product;
}

// The shape of an image after a Reshape to `to`, {} if it changes the batch.
std::vector<int64_t> Reshaped(const std::vector<int64_t>& from, int64_t size,
                              const std::vector<int64_t>& to, bool zero_copies,
                              const Import& import) {
  if (to.empty() || !KeepsBatch(to[0], zero_copies, import)) return {};
  std::vector<int64_t> dims(to.begin() + 1, to.end());
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] == 0 && zero_copies && i < from.size()) dims[i] = from[i];
  const bool open = std::count(dims.begin(), dims.end(), -1) > 0;
  if ((open && to[0] == -1) || !Complete(size, dims)) return {};
  return dims;
}

absl::Status DefineAs(const NodeProto& node, const Operand& in, int rank,
                      Import& import) {
  return Define(node, {nullptr, in.value, rank, nullptr}, import);
}

}  // namespace

absl::Status ImportFlatten(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  const int64_t axis = IntAttribute(node, "axis", 1);
  if (axis != 1 && axis != 1 - in->rank)
    return Unsupported(node, "axis must be 1");
  return DefineAs(node, *in, 2, import);
}

absl::Status ImportReshape(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  const auto to = FindInts(node, 1, import);
  if (!to.ok()) return to.status();
  const Shape& shape = ShapeOf(*in, import);
  const std::vector<int64_t> dims =
      Reshaped(ImageDims(*in, import), shape.size(), *to,
               IntAttribute(node, "allowzero", 0) == 0, import);
  if (dims == std::vector<int64_t>{shape.size()})
    return DefineAs(node, *in, 2, import);
  if (dims == ImageDims({nullptr, in->value, 4, nullptr}, import))
    return DefineAs(node, *in, 4, import);
  return Unsupported(
      node, absl::StrCat("must flatten to [-1,", shape.size(), "], not to [",
                         absl::StrJoin(*to, ","), "]"));
}

absl::Status ImportSqueeze(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const auto axes = FindAxes(node, 13, in->rank, import);
  if (!axes.ok()) return axes.status();
  const Shape& shape = ShapeOf(*in, import);
  if (*axes != std::vector<int64_t>{2, 3} || shape.size() != shape.channels)
    return Unsupported(node, "must take axes 2 and 3 from a 1x1 map");
  return DefineAs(node, *in, 2, import);
}

}  // namespace lockstep::quant
