#include "quant/qdq_tensor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

absl::Status CheckAttributes(const NodeProto& node) {
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    const std::string& name = attribute.name();
    // "saturate" is about float8.
    if (name == "axis" || name == "saturate" || name == "output_dtype" ||
        (name == "block_size" && attribute.i() == 0))
      continue;
    return Unsupported(node,
                       absl::StrCat("attribute '", name, "' is not supported"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> ReadScale(const NodeProto& node,
                                             const Import& import) {
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  if ((*tensor)->dims_size() > 1)
    return Unsupported(node, absl::StrCat("scale ", Describe(**tensor),
                                          " must be a number or a vector"));
  auto scale = FloatElements(**tensor);
  if (!scale.ok()) return scale;
  const auto good = [](float s) { return std::isnormal(s) && s > 0; };
  if (scale->empty() || !std::all_of(scale->begin(), scale->end(), good))
    return BadNode(node, absl::StrCat("scale ", Describe(**tensor),
                                      " must be positive, finite numbers"));
  return scale;
}

absl::StatusOr<std::vector<int32_t>> ReadZeroPoint(const NodeProto& node,
                                                   const TensorProto& tensor,
                                                   size_t count) {
  const int type = tensor.data_type();
  if (type != TensorProto::UINT8 && type != TensorProto::INT8 &&
      type != TensorProto::INT32)
    return Unsupported(
        node,
        absl::StrCat("zero point ", Describe(tensor), " has data type ", type,
                     "; read are uint8 (2), int8 (3) and, for a "
                     "bias, int32 (6)"));
  auto zero_point = CodeElements(tensor);
  if (!zero_point.ok() || zero_point->size() == count) return zero_point;
  return BadNode(node, absl::StrCat("has ", zero_point->size(),
                                    " zero points for ", count, " scales"));
}

// The codes with zero point 0, u8 as s8.
absl::Status MakeSymmetric(const NodeProto& node, const QdqParameters& p,
                           DequantizedConstant& made) {
  const bool is_u8 = made.type == TensorProto::UINT8;
  const int32_t expected = is_u8 ? 128 : 0;
  for (int32_t zero_point : p.zero_point)
    if (zero_point != expected)
      return Unsupported(
          node,
          absl::StrCat("zero point ", zero_point, " of a constant must be ",
                       expected, ": quantise weights symmetrically"));
  for (int32_t& code : made.codes) code -= expected;
  if (is_u8) made.type = TensorProto::INT8;
  return absl::OkStatus();
}

// Elements between two neighbours on `axis`.
size_t Stride(const TensorProto& tensor, int64_t axis) {
  size_t stride = 1;
  for (int64_t i = axis + 1; i < tensor.dims_size(); ++i)
    stride *= tensor.dims(i);
  return stride;
}

// made.floats from its codes, scale and axis; one scale needs no axis.
absl::Status MakeFloats(const NodeProto& node, const TensorProto& tensor,
                        DequantizedConstant& made) {
  const size_t count = made.scale.size();
  if (count > 1 && (made.axis < 0 || made.axis >= tensor.dims_size() ||
                    tensor.dims(made.axis) != count))
    return BadNode(node, absl::StrCat("has ", count, " scales for axis ",
                                      made.axis, " of ", Describe(tensor)));
  made.floats.set_name(node.output_size() > 0 ? node.output(0) : "");
  made.floats.set_data_type(TensorProto::FLOAT);
  *made.floats.mutable_dims() = tensor.dims();
  made.floats.mutable_float_data()->Reserve(made.codes.size());
  const size_t stride = count > 1 ? Stride(tensor, made.axis) : 1;
  for (size_t i = 0; i < made.codes.size(); ++i)
    made.floats.add_float_data(double{made.scale[i / stride % count]} *
                               made.codes[i]);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QdqParameters> ReadParameters(const NodeProto& node,
                                             const Import& import) {
  const absl::Status status = CheckAttributes(node);
  if (!status.ok()) return status;
  auto scale = ReadScale(node, import);
  if (!scale.ok()) return scale.status();
  const size_t count = scale->size();
  if (!HasInput(node, 2))
    return QdqParameters{*std::move(scale), std::vector<int32_t>(count)};
  const auto tensor = FindConstant(node, 2, import);
  if (!tensor.ok()) return tensor.status();
  auto zero_point = ReadZeroPoint(node, **tensor, count);
  if (!zero_point.ok()) return zero_point.status();
  return QdqParameters{*std::move(scale), *std::move(zero_point),
                       (*tensor)->data_type()};
}

absl::StatusOr<DequantizedConstant> ReadDequantized(const NodeProto& node,
                                                    const TensorProto& tensor,
                                                    const Import& import) {
  auto p = ReadParameters(node, import);
  if (!p.ok()) return p.status();
  if (p->type != 0 && p->type != tensor.data_type())
    return BadNode(node, "its zero point has another type than its input");
  auto codes = CodeElements(tensor);
  if (!codes.ok()) return codes.status();
  const int64_t axis = IntAttribute(node, "axis", 1);
  DequantizedConstant made;
  made.type = tensor.data_type();
  made.codes = *std::move(codes);
  made.scale = p->scale;
  made.axis = axis < 0 ? axis + tensor.dims_size() : axis;
  absl::Status status = MakeSymmetric(node, *p, made);
  if (status.ok()) status = MakeFloats(node, tensor, made);
  if (!status.ok()) return status;
  return made;
}

}  // namespace lockstep::quant
