#include "quant/onnx_matrix.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;

// [in][out] to [out][in].
std::vector<float> Transposed(const std::vector<float>& matrix, size_t in) {
  const size_t out = matrix.size() / in;
  std::vector<float> result(matrix.size());
  for (size_t i = 0; i < in; ++i)
    for (size_t o = 0; o < out; ++o) result[o * in + i] = matrix[i * out + o];
  return result;
}

void Scale(float factor, std::vector<float>& values) {
  if (factor == 1) return;
  for (float& value : values) value *= factor;
}

// Input 1 as [out][in] for inputs of `size` elements.
absl::StatusOr<std::vector<float>> FindMatrix(const NodeProto& node,
                                              int64_t size, bool transposed,
                                              const Import& import) {
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  const auto& dims = (*tensor)->dims();
  if (dims.size() != 2 || dims[transposed ? 1 : 0] != size)
    return BadNode(
        node, absl::StrCat("matrix ", Describe(**tensor),
                           " does not fit an input of ", size, " elements"));
  auto weights = FindFloats(node, 1, import);
  if (!weights.ok()) return weights;
  if (weights->empty()) return BadNode(node, "has no weights");
  if (!transposed) weights = Transposed(*weights, size);
  return weights;
}

// alpha * matrix * input + beta * input 2; the latter is optional.
absl::Status ImportMatrix(const NodeProto& node, bool transposed, float alpha,
                          float beta, Import& import) {
  const auto in = FindValue(node, 0, 2, import);
  if (!in.ok()) return in.status();
  const Shape& shape = ShapeOf(*in, import);
  auto weights = FindMatrix(node, shape.size(), transposed, import);
  if (!weights.ok()) return weights.status();
  const size_t out = weights->size() / shape.size();
  auto bias = HasInput(node, 2) ? FindBias(node, 2, out, 2, import)
                                : std::vector<float>(out);
  if (!bias.ok()) return bias.status();
  Scale(alpha, *weights);
  Scale(beta, *bias);
  return Append(node,
                {Op::kConv,
                 NodeName(node),
                 {in->value},
                 Window{shape.height, shape.width},
                 *std::move(weights),
                 *std::move(bias)},
                2, import);
}

// A constant added to a value: the separate bias of a MatMul or Conv.
absl::Status ImportBias(const NodeProto& node, const Operand& in, int constant,
                        Import& import) {
  const Shape& shape = ShapeOf(in, import);
  if (in.rank == 2 && shape.size() != shape.channels)
    return Unsupported(node, "adds a constant to a flattened map");
  const auto shift = FindBias(node, constant, shape.channels, in.rank, import);
  if (!shift.ok()) return shift.status();
  FloatNode affine = {Op::kAffine, NodeName(node), {in.value}, {}};
  affine.scale.assign(shape.channels, 1);
  affine.shift.assign(shift->begin(), shift->end());
  return Append(node, std::move(affine), in.rank, import);
}

}  // namespace

absl::Status ImportGemm(const NodeProto& node, Import& import) {
  if (IntAttribute(node, "transA", 0) != 0)
    return Unsupported(node, "transA must be 0");
  return ImportMatrix(node, IntAttribute(node, "transB", 0) != 0,
                      FloatAttribute(node, "alpha", 1),
                      FloatAttribute(node, "beta", 1), import);
}

absl::Status ImportMatMul(const NodeProto& node, Import& import) {
  if (HasInput(node, 2)) return BadNode(node, "has a third input");
  return ImportMatrix(node, false, 1, 1, import);
}

absl::Status ImportAdd(const NodeProto& node, Import& import) {
  const auto a = Find(node, 0, import);
  if (!a.ok()) return a.status();
  const auto b = Find(node, 1, import);
  if (!b.ok()) return b.status();
  if (a->constant == nullptr && b->constant != nullptr)
    return ImportBias(node, *a, 1, import);
  if (a->constant != nullptr && b->constant == nullptr)
    return ImportBias(node, *b, 0, import);
  if (a->constant != nullptr) return Unsupported(node, "adds two constants");
  if (a->rank != b->rank) return BadNode(node, "adds values of unlike rank");
  return Append(node, {Op::kAdd, NodeName(node), {a->value, b->value}, {}},
                a->rank, import);
}

}  // namespace lockstep::quant
