#include "quant/onnx_tensor.h"

#include <cstring>

#include "Eigen/Core"
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

// What the standard calls an element type, for messages.
std::string TypeName(int data_type) {
  const std::string& name = onnx::TensorProto::DataType_Name(
      static_cast<onnx::TensorProto::DataType>(data_type));
  return name.empty() ? absl::StrCat("number ", data_type) : name;
}

// The elements as T(convert(stored)). `typed` is the repeated field that may
// hold them instead of raw_data.
template <typename T, typename Stored, typename Typed, typename Convert>
absl::StatusOr<std::vector<T>> Elements(const onnx::TensorProto& tensor,
                                        const Typed& typed,
                                        const Convert& convert) {
  if (IsExternal(tensor))
    return Refuse(tensor,
                  "is in an external file; give the model as a file with that "
                  "one beside it");
  const absl::StatusOr<size_t> count = ElementCount(tensor);
  if (!count.ok()) return count.status();
  const std::string& raw = tensor.raw_data();
  const size_t held = raw.empty() ? typed.size() : raw.size() / sizeof(Stored);
  if (held != *count || (!raw.empty() && raw.size() % sizeof(Stored) != 0))
    return Refuse(tensor, absl::StrCat("holds ", held, " elements"));
  std::vector<T> elements(held);
  for (size_t i = 0; i < held; ++i) {
    Stored stored;
    if (raw.empty())
      stored = static_cast<Stored>(typed[i]);
    else
      std::memcpy(&stored, &raw[i * sizeof(Stored)], sizeof(Stored));
    elements[i] = static_cast<T>(convert(stored));
  }
  return elements;
}

// An IEEE half from its bits.
float FromHalf(uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits));
}

}  // namespace

bool IsExternal(const onnx::TensorProto& tensor) {
  return tensor.data_location() == onnx::TensorProto::EXTERNAL ||
         tensor.external_data_size() > 0;
}

absl::StatusOr<std::vector<float>> FloatElements(
    const onnx::TensorProto& tensor) {
  const auto same = [](auto value) { return value; };
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      return Elements<float, float>(tensor, tensor.float_data(), same);
    case onnx::TensorProto::DOUBLE:
      return Elements<float, double>(tensor, tensor.double_data(), same);
    case onnx::TensorProto::FLOAT16:
      return Elements<float, uint16_t>(tensor, tensor.int32_data(), FromHalf);
    default:
      return Refuse(
          tensor,
          absl::StrCat("has elements of type ", TypeName(tensor.data_type()),
                       ", expected FLOAT, FLOAT16 or DOUBLE"));
  }
}

absl::StatusOr<std::vector<int64_t>> IntElements(
    const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::INT64)
    return Refuse(
        tensor, absl::StrCat("has elements of type ",
                             TypeName(tensor.data_type()), ", expected INT64"));
  return Elements<int64_t, int64_t>(tensor, tensor.int64_data(),
                                    [](int64_t value) { return value; });
}

absl::StatusOr<std::vector<int32_t>> CodeElements(
    const onnx::TensorProto& tensor) {
  const auto same = [](int32_t value) { return value; };
  const auto& typed = tensor.int32_data();
  switch (tensor.data_type()) {
    case onnx::TensorProto::INT8:
      return Elements<int32_t, int8_t>(tensor, typed, same);
    case onnx::TensorProto::UINT8:
      return Elements<int32_t, uint8_t>(tensor, typed, same);
    case onnx::TensorProto::INT32:
      return Elements<int32_t, int32_t>(tensor, typed, same);
    default:
      return Refuse(tensor, absl::StrCat("has elements of type ",
                                         TypeName(tensor.data_type()),
                                         ", expected INT8, UINT8 or INT32"));
  }
}

std::string Describe(const onnx::TensorProto& tensor) {
  constexpr int kShown = 8;
  const int shown = std::min(tensor.dims_size(), kShown);
  return absl::StrCat(
      "'", tensor.name(), "' [",
      absl::StrJoin(tensor.dims().begin(), tensor.dims().begin() + shown, ","),
      tensor.dims_size() > shown ? ",...]" : "]");
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
