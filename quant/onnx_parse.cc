#include "quant/onnx_parse.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace lockstep::quant {
namespace {

using google::protobuf::internal::WireFormatLite;

enum class Part {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kValue,    // ValueInfoProto
  kFlat,     // a message of numbers and strings
  kNumbers,  // packed integers
  kOther,    // a message that the reader does not look into
  kString    // or packed floats
};

struct Field {
  Part parent;
  int number;
  Part part;
};

// onnx.proto's fields that are not numbers or strings. The schema is compiled
// without descriptors, which would say the same.
constexpr Field kFields[] = {
    {Part::kModel, 7, Part::kGraph},        // graph
    {Part::kModel, 8, Part::kFlat},         // opset_import
    {Part::kModel, 14, Part::kFlat},        // metadata_props
    {Part::kModel, 20, Part::kOther},       // training_info
    {Part::kModel, 25, Part::kOther},       // functions
    {Part::kGraph, 1, Part::kNode},         // node
    {Part::kGraph, 5, Part::kTensor},       // initializer
    {Part::kGraph, 11, Part::kValue},       // input
    {Part::kGraph, 12, Part::kValue},       // output
    {Part::kGraph, 13, Part::kValue},       // value_info
    {Part::kGraph, 14, Part::kOther},       // quantization_annotation
    {Part::kGraph, 15, Part::kOther},       // sparse_initializer
    {Part::kNode, 5, Part::kAttribute},     // attribute
    {Part::kAttribute, 5, Part::kTensor},   // t
    {Part::kAttribute, 6, Part::kOther},    // g
    {Part::kAttribute, 8, Part::kNumbers},  // ints
    {Part::kAttribute, 10, Part::kTensor},  // tensors
    {Part::kAttribute, 11, Part::kOther},   // graphs
    {Part::kAttribute, 14, Part::kOther},   // tp
    {Part::kAttribute, 15, Part::kOther},   // type_protos
    {Part::kAttribute, 22, Part::kOther},   // sparse_tensor
    {Part::kAttribute, 23, Part::kOther},   // sparse_tensors
    {Part::kTensor, 1, Part::kNumbers},     // dims
    {Part::kTensor, 3, Part::kFlat},        // segment
    {Part::kTensor, 5, Part::kNumbers},     // int32_data
    {Part::kTensor, 7, Part::kNumbers},     // int64_data
    {Part::kTensor, 11, Part::kNumbers},    // uint64_data
    {Part::kTensor, 13, Part::kFlat},       // external_data
    {Part::kValue, 2, Part::kOther},        // type
};

Part PartOf(Part parent, int number) {
  for (const Field& field : kFields)
    if (field.parent == parent && field.number == number) return field.part;
  return Part::kString;
}

// Upper estimates, with the allocator's part, of what a field becomes.
constexpr int64_t kMessageBytes = 400;
constexpr int64_t kStringBytes = 64;  // and its characters
constexpr int64_t kNumberBytes = 8;   // with the free half of a full array
constexpr int64_t kBytesAByte = 200;  // of kOther: two make an empty message
constexpr int64_t kFreeBytes = int64_t{64} << 20;

// Walks serialized bytes and counts what they would become in memory.
class Walk {
 public:
  Walk(absl::string_view bytes, int64_t limit)
      : bytes_(bytes),
        in_(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()),
        left_(limit) {}

  // False if the bytes are no such message, or would need too much memory: then
  // left() is negative. Messages nest five deep at most.
  bool Message(Part message) {
    while (const uint32_t tag = in_.ReadTag())
      if (!Skip(message, tag) || left_ < 0) return false;
    return in_.ConsumedEntireMessage();
  }

  int64_t left() const { return left_; }

 private:
  bool Skip(Part parent, uint32_t tag) {
    uint64_t ignored;
    left_ -= kNumberBytes;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        return in_.ReadVarint64(&ignored);
      case WireFormatLite::WIRETYPE_FIXED64:
        return in_.Skip(sizeof(uint64_t));
      case WireFormatLite::WIRETYPE_FIXED32:
        return in_.Skip(sizeof(uint32_t));
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
        return SkipDelimited(
            PartOf(parent, WireFormatLite::GetTagFieldNumber(tag)));
      default:
        return false;  // groups, which ONNX does not have
    }
  }

  bool SkipDelimited(Part part) {
    uint32_t size;
    if (!in_.ReadVarint32(&size) || size > bytes_.size()) return false;
    switch (part) {
      case Part::kString:
        left_ -= kStringBytes + size;
        return in_.Skip(size);
      case Part::kNumbers:
        left_ -= Varints(size) * int64_t{sizeof(int64_t)};
        return in_.Skip(size);
      case Part::kOther:
        left_ -= kMessageBytes + size * kBytesAByte;
        return in_.Skip(size);
      default:
        break;
    }
    left_ -= kMessageBytes;
    const auto limit = in_.PushLimit(size);
    const bool good = Message(part);
    in_.PopLimit(limit);
    return good;
  }

  // How many numbers the next `size` bytes are: each ends with a clear top bit.
  int64_t Varints(uint32_t size) const {
    const absl::string_view packed = bytes_.substr(in_.CurrentPosition(), size);
    return std::count_if(packed.begin(), packed.end(),
                         [](char c) { return c >= 0; });
  }

  const absl::string_view bytes_;
  google::protobuf::io::CodedInputStream in_;
  int64_t left_;
};

}  // namespace

absl::StatusOr<onnx::ModelProto> ParseOnnx(absl::string_view bytes) {
  if (bytes.size() > kMaxModelBytes)
    return absl::InvalidArgumentError(
        absl::StrCat("the model has more than ", kMaxModelBytes, " bytes"));
  Walk walk(bytes, 2 * bytes.size() + kFreeBytes);
  onnx::ModelProto model;
  if (!walk.Message(Part::kModel)) {
    if (walk.left() < 0)
      return absl::InvalidArgumentError(absl::StrCat(
          "the model has too many nodes, attributes or other parts for its ",
          bytes.size(), " bytes"));
  } else if (model.ParseFromArray(bytes.data(), bytes.size()) &&
             model.has_graph()) {
    return model;
  }
  return absl::DataLossError(absl::StrCat(
      "not an ONNX model, or a truncated one (", bytes.size(), " bytes)"));
}

}  // namespace lockstep::quant
