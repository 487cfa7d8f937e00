#include "quant/onnx_tensor.h"

#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::quant {
namespace {

// raw_data is little-endian by the standard, as every x86 is.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

absl::Status Refuse(const onnx::TensorProto& tensor, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", Describe(tensor), " ", why));
}

// The product of the dims; a file that holds 2^40 elements does not exist.
absl::StatusOr<size_t> ElementCount(const onnx::TensorProto& tensor) {
  constexpr int64_t kLimit = int64_t{1} << 40;
  int64_t count = 1;
  for (int64_t dim : tensor.dims()) {
    if (dim < 0 || dim > kLimit || (dim > 0 && count > kLimit / dim))
      return Refuse(tensor, "has impossible dims");
    count *= dim;
  }
  return count;
}

// `typed` is the repeated field that may hold the elements instead of raw_data.
template <typename T, typename Typed>
absl::StatusOr<std::vector<T>> Elements(const onnx::TensorProto& tensor,
                                        int data_type, const Typed& typed) {
  if (tensor.data_type() != data_type)
    return Refuse(tensor, absl::StrCat("has data type ", tensor.data_type(),
                                       ", expected ", data_type,
                                       " (1 is float, 7 is int64)"));
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL ||
      tensor.external_data_size() > 0)
    return Refuse(tensor, "is in an external file; export one whole file");
  const absl::StatusOr<size_t> count = ElementCount(tensor);
  if (!count.ok()) return count.status();
  const std::string& raw = tensor.raw_data();
  const size_t held = raw.empty() ? typed.size() : raw.size() / sizeof(T);
  if (held != *count || (!raw.empty() && raw.size() % sizeof(T) != 0))
    return Refuse(tensor, absl::StrCat("holds ", held, " elements"));
  std::vector<T> elements(typed.begin(), typed.end());
  if (raw.empty()) return elements;
  elements.resize(held);
  std::memcpy(elements.data(), raw.data(), raw.size());
  return elements;
}

}  // namespace

absl::StatusOr<std::vector<float>> FloatElements(
    const onnx::TensorProto& tensor) {
  return Elements<float>(tensor, onnx::TensorProto::FLOAT, tensor.float_data());
}

absl::StatusOr<std::vector<int64_t>> IntElements(
    const onnx::TensorProto& tensor) {
  return Elements<int64_t>(tensor, onnx::TensorProto::INT64,
                           tensor.int64_data());
}

absl::StatusOr<std::vector<int32_t>> CodeElements(
    const onnx::TensorProto& tensor) {
  const auto& typed = tensor.int32_data();
  const auto widen = [](auto narrow) -> absl::StatusOr<std::vector<int32_t>> {
    if (!narrow.ok()) return narrow.status();
    return std::vector<int32_t>(narrow->begin(), narrow->end());
  };
  const auto type = tensor.data_type();
  if (type == onnx::TensorProto::INT8)
    return widen(Elements<int8_t>(tensor, type, typed));
  if (type == onnx::TensorProto::UINT8)
    return widen(Elements<uint8_t>(tensor, type, typed));
  return Elements<int32_t>(tensor, onnx::TensorProto::INT32, typed);
}

std::string Describe(const onnx::TensorProto& tensor) {
  return absl::StrCat("'", tensor.name(), "' [",
                      absl::StrJoin(tensor.dims(), ","), "]");
}

std::string NodeName(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  return node.output_size() > 0 ? absl::StrCat("#", node.output(0)) : "#";
}

absl::Status BadNode(const onnx::NodeProto& node, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "node '", NodeName(node), "' (", node.op_type(), "): ", why));
}

absl::Status Unsupported(const onnx::NodeProto& node, absl::string_view why) {
  return absl::UnimplementedError(BadNode(node, why).message());
}

const onnx::AttributeProto* FindAttribute(const onnx::NodeProto& node,
                                          absl::string_view name) {
  for (const onnx::AttributeProto& attribute : node.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

int64_t IntAttribute(const onnx::NodeProto& node, absl::string_view name,
                     int64_t otherwise) {
  const onnx::AttributeProto* attribute = FindAttribute(node, name);
  return attribute == nullptr ? otherwise : attribute->i();
}

float FloatAttribute(const onnx::NodeProto& node, absl::string_view name,
                     float otherwise) {
  const onnx::AttributeProto* attribute = FindAttribute(node, name);
  return attribute == nullptr ? otherwise : attribute->f();
}

absl::StatusOr<std::vector<int>> IntsAttribute(const onnx::NodeProto& node,
                                               absl::string_view name,
                                               size_t count, int otherwise) {
  constexpr int64_t kLimit = 1 << 20;
  const onnx::AttributeProto* attribute = FindAttribute(node, name);
  if (attribute == nullptr) return std::vector<int>(count, otherwise);
  if (attribute->ints_size() != count)
    return Unsupported(
        node, absl::StrCat("attribute ", name, " has ", attribute->ints_size(),
                           " numbers, expected ", count));
  for (int64_t value : attribute->ints())
    if (value < -kLimit || value > kLimit)
      return Unsupported(node, absl::StrCat("attribute ", name, " is ", value));
  return std::vector<int>(attribute->ints().begin(), attribute->ints().end());
}

}  // namespace lockstep::quant
