#include "quant/qdq_nodes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "quant/onnx_nodes.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

// Elements of constants that are dequantised once more.
constexpr size_t kMaxRepeated = size_t{1} << 20;

bool IsQdq(const NodeProto& node) {
  return node.op_type() == "QuantizeLinear" ||
         node.op_type() == "DequantizeLinear";
}

// Operators that compute with 8-bit tensors themselves.
bool IsOtherForm(const NodeProto& node) {
  return absl::StartsWith(node.op_type(), "QLinear") ||
         absl::EndsWith(node.op_type(), "Integer") ||
         node.op_type() == "DynamicQuantizeLinear" ||
         node.domain() == "com.microsoft";
}

absl::Status OtherForm(const NodeProto& node) {
  return Unsupported(
      node,
      "quantised nets are read in QDQ form only: float operators between "
      "DequantizeLinear and QuantizeLinear with constant scales");
}

// What a QuantizeLinear makes: the zero point's type, or an attribute's.
int StoredType(const NodeProto& node, const QdqParameters& p) {
  if (p.type != 0) return p.type;
  const int64_t attribute = IntAttribute(node, "output_dtype", 0);
  return attribute == 0 ? TensorProto::UINT8 : static_cast<int>(attribute);
}

// Of codes as u8: s8 codes are 128 less.
uint8_t ZeroPoint(int type, int32_t zero_point) {
  return zero_point + (type == TensorProto::INT8 ? 128 : 0);
}

// [in][out] to [out][in].
std::vector<int8_t> Arranged(const std::vector<int32_t>& codes, size_t outputs,
                             bool transposed) {
  if (!transposed) return {codes.begin(), codes.end()};
  const size_t inputs = codes.size() / outputs;
  std::vector<int8_t> arranged(codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    arranged[i % outputs * inputs + i / outputs] = codes[i];
  return arranged;
}

std::vector<float> Broadcast(const std::vector<float>& scale, size_t count) {
  return scale.size() == 1 ? std::vector<float>(count, scale[0]) : scale;
}

}  // namespace

bool IsQuantized(const onnx::GraphProto& graph) {
  return std::any_of(
      graph.node().begin(), graph.node().end(),
      [](const NodeProto& node) { return IsQdq(node) || IsOtherForm(node); });
}

void QdqImport::AddPixels(const std::string& name) {
  codes_[name] = {0, 4, TensorProto::UINT8};
  reads_bytes_ = true;
}

absl::Status QdqImport::Add(const NodeProto& node) {
  if (IsOtherForm(node)) return OtherForm(node);
  if (node.op_type() == "DequantizeLinear") return Dequantize(node);
  for (const std::string& input : node.input())
    if (codes_.count(input) > 0) return OtherForm(node);
  if (node.op_type() == "QuantizeLinear") return Quantize(node);
  return ImportOther(node);
}

// -- pairs --------------------------------------------------------------------

absl::Status QdqImport::Quantize(const NodeProto& node) {
  const auto in = FindValue(node, 0, 0, import_);
  if (!in.ok()) return in.status();
  const auto p = ReadParameters(node, import_);
  if (!p.ok()) return p.status();
  const Code code = {in->value, in->rank, StoredType(node, *p)};
  const absl::Status status = Store(node, *p, code);
  if (!status.ok()) return status;
  if (node.output_size() == 0 || import_.names.count(node.output(0)) > 0 ||
      !codes_.emplace(node.output(0), code).second)
    return BadNode(node, "has no output, or one that exists already");
  return absl::OkStatus();
}

absl::Status QdqImport::Dequantize(const NodeProto& node) {
  const auto code =
      codes_.find(node.input_size() == 0 ? std::string() : node.input(0));
  if (code != codes_.end()) return DequantizeValue(node, code->second);
  const auto tensor = FindConstant(node, 0, import_);
  if (!tensor.ok()) return tensor.status();
  auto made = ReadDequantized(node, **tensor, import_);
  if (!made.ok()) return made.status();
  // So that a small file stays small in memory.
  if (!seen_.insert(*tensor).second) repeated_ += made->codes.size();
  if (repeated_ > kMaxRepeated)
    return Unsupported(node, "one of many that dequantise the same constants");
  const std::string name = made->floats.name();
  DequantizedConstant& kept = constants_[name] = *std::move(made);
  return Define(node, {&kept.floats}, import_);
}

absl::Status QdqImport::DequantizeValue(const NodeProto& node,
                                        const Code& code) {
  const auto p = ReadParameters(node, import_);
  if (!p.ok()) return p.status();
  absl::Status status = Store(node, *p, code);
  if (status.ok())
    status = Define(node, {nullptr, code.value, code.rank}, import_);
  if (status.ok()) decoded_.insert(node.output(0));
  return status;
}

// Notes that the value of `code` is stored with `p`, as one side of a pair
// says.
absl::Status QdqImport::Store(const NodeProto& node, const QdqParameters& p,
                              const Code& code) {
  if ((code.type != TensorProto::UINT8 && code.type != TensorProto::INT8) ||
      (p.type != 0 && p.type != code.type))
    return Unsupported(node,
                       "an activation must be uint8 or int8 on both sides");
  if (code.value == 0) return StoreInput(node, p, code.type);
  if (p.scale.size() != 1)
    return Unsupported(node, "an activation must have one scale");
  const Encoding encoding = {p.scale[0], ZeroPoint(code.type, p.zero_point[0])};
  if (encodings_.emplace(code.value, encoding).first->second == encoding)
    return absl::OkStatus();
  return Unsupported(node,
                     "its tensor has another scale or zero point elsewhere");
}

absl::Status QdqImport::StoreInput(const NodeProto& node,
                                   const QdqParameters& p, int type) {
  const size_t count = p.scale.size();
  const int64_t axis = IntAttribute(node, "axis", 1);
  InputEncoding input;
  input.scale = p.scale[0];
  if (count != 1 && (count != kCifarChannels || (axis != 1 && axis != -3) ||
                     p.scale != std::vector<float>(count, input.scale)))
    return Unsupported(node,
                       "the input must have one scale, and one zero point or "
                       "three (axis 1)");
  for (size_t c = 0; c < kCifarChannels; ++c)
    input.zero_point[c] = ZeroPoint(type, p.zero_point[count == 1 ? 0 : c]);
  if (!reads_bytes_) input.codes.resize(kCifarChannels * 256);
  if (!input_) input_ = input;
  if (input_->scale == input.scale && input_->zero_point == input.zero_point)
    return absl::OkStatus();
  return Unsupported(node,
                     "the input has another scale or zero point elsewhere");
}

// -- other operators ----------------------------------------------------------

absl::Status QdqImport::ImportOther(const NodeProto& node) {
  const size_t before = import_.graph.nodes.size();
  const absl::Status status = ImportNode(node, import_);
  if (!status.ok()) return status;
  if (import_.graph.nodes.size() == before) {  // Flatten, Identity, ...
    if (node.input_size() > 0 && decoded_.count(node.input(0)) > 0)
      decoded_.insert(node.output(0));
    return absl::OkStatus();
  }
  NoteReads(node);
  return import_.graph.nodes.back().op == Op::kConv ? NoteWeights(node)
                                                    : absl::OkStatus();
}

void QdqImport::NoteReads(const NodeProto& node) {
  for (const std::string& input : node.input()) {
    const auto found = import_.names.find(input);
    if (found != import_.names.end() && found->second.constant == nullptr &&
        decoded_.count(input) == 0)
      float_reads_.emplace(found->second.value, NodeName(node));
  }
}

// The constant that a DequantizeLinear made for `input` of the node.
absl::StatusOr<const DequantizedConstant*> QdqImport::FindDequantized(
    const NodeProto& node, int input) const {
  const auto tensor = FindConstant(node, input, import_);
  if (!tensor.ok()) return tensor.status();
  const auto found = constants_.find((*tensor)->name());
  if (found != constants_.end() && &found->second.floats == *tensor)
    return &found->second;
  return Unsupported(
      node, absl::StrCat("constant ", Describe(**tensor),
                         " is not quantised; weights must be int8 and biases "
                         "int32 with a DequantizeLinear"));
}

// The scale in which a convolution's input counts; pooling does not change it.
std::optional<float> QdqImport::StoredScale(int value) const {
  for (; value > 0; value = import_.graph.nodes[value - 1].inputs[0]) {
    const auto found = encodings_.find(value);
    if (found != encodings_.end()) return found->second.scale;
    const Op maker = import_.graph.nodes[value - 1].op;
    if (maker != Op::kMaxPool && maker != Op::kAveragePool &&
        maker != Op::kGlobalAveragePool)
      return std::nullopt;
  }
  return input_ ? std::optional<float>(input_->scale) : std::nullopt;
}

// Takes down the numbers of the convolution that was appended last.
absl::Status QdqImport::NoteWeights(const NodeProto& node) {
  const FloatNode& conv = import_.graph.nodes.back();
  const size_t outputs = conv.bias.size();
  const bool transposed =
      node.op_type() == "MatMul" ||
      (node.op_type() == "Gemm" && IntAttribute(node, "transB", 0) == 0);
  const std::optional<float> input_scale = StoredScale(conv.inputs[0]);
  if (!input_scale) return Unsupported(node, "its input is not in 8 bits");
  const auto weights = FindDequantized(node, 1);
  if (!weights.ok()) return weights.status();
  if ((*weights)->type != TensorProto::INT8 ||
      ((*weights)->scale.size() > 1 &&
       (*weights)->axis != (transposed ? 1 : 0)))
    return Unsupported(node,
                       "weights must be 8 bits with one scale, or one an "
                       "output channel");
  QuantizedWeights& noted = weights_[import_.graph.nodes.size() - 1];
  noted.values = Arranged((*weights)->codes, outputs, transposed);
  noted.scale = Broadcast((*weights)->scale, outputs);
  noted.bias.resize(outputs);
  for (float scale : noted.scale)
    noted.bias_scale.push_back(*input_scale * scale);
  if (!HasInput(node, 2)) return absl::OkStatus();
  const auto bias = FindDequantized(node, 2);
  if (!bias.ok()) return bias.status();
  if ((*bias)->type != TensorProto::INT32 || (*bias)->codes.size() != outputs)
    return Unsupported(node, "the bias must be an int32 an output channel");
  noted.bias = (*bias)->codes;
  noted.bias_scale = Broadcast((*bias)->scale, outputs);
  return absl::OkStatus();
}

// -- the whole ----------------------------------------------------------------

// What is stored must not be read around the store.
absl::Status QdqImport::CheckReads() const {
  for (const auto& [value, reader] : float_reads_)
    if (value == 0 || encodings_.count(value) > 0)
      return absl::UnimplementedError(
          absl::StrCat("node '", reader, "' reads a tensor in float ",
                       value == 0 ? "that is the model's input: quantise it"
                                  : "that others read in 8 bits"));
  if (!input_)
    return absl::UnimplementedError("the model's input is not quantised");
  return absl::OkStatus();
}

// Nothing but the file's integers and scales must be in a node.
absl::Status QdqImport::CheckNode(size_t index) const {
  const FloatNode& node = import_.graph.nodes[index];
  const auto refuse = [&](absl::string_view why) {
    return absl::UnimplementedError(
        absl::StrCat("node '", node.name, "' (", OpName(node.op), ") ", why));
  };
  if (node.op == Op::kAffine)
    return refuse("must be part of a convolution before it is quantised");
  if (node.op != Op::kConv) return absl::OkStatus();
  const QuantizedWeights& w = weights_.at(index);
  const size_t count = w.values.size() / w.scale.size();
  bool same = node.weights.size() == w.values.size();
  for (size_t i = 0; same && i < w.values.size(); ++i)
    same = node.weights[i] == w.scale[i / count] * w.values[i];
  for (size_t c = 0; same && c < w.bias.size(); ++c)
    same = node.bias[c] == float(double{w.bias_scale[c]} * w.bias[c]);
  return same ? absl::OkStatus()
              : refuse("scales its weights or adds a second bias");
}

// A pool's value has its input's encoding, whether the file says so or not.
absl::Status QdqImport::StorePools() {
  for (size_t i = 0; i < import_.graph.nodes.size(); ++i) {
    const FloatNode& node = import_.graph.nodes[i];
    if (node.op != Op::kMaxPool) continue;
    const auto input = encodings_.find(node.inputs[0]);
    if (input == encodings_.end()) continue;
    if (!(encodings_.emplace(i + 1, input->second).first->second ==
          input->second))
      return absl::UnimplementedError(absl::StrCat(
          "node '", node.name,
          "' (MaxPool) must have one scale and zero point before and after"));
  }
  return absl::OkStatus();
}

absl::StatusOr<QuantizedGraph> QdqImport::Finish(const std::string& output) {
  const auto found = import_.names.find(output);
  if (found != import_.names.end() && decoded_.count(output) == 0)
    float_reads_.emplace(found->second.value, output);
  absl::Status status = CheckReads();
  for (size_t i = 0; status.ok() && i < import_.graph.nodes.size(); ++i)
    status = CheckNode(i);
  if (status.ok()) status = StorePools();
  if (!status.ok()) return status;
  QuantizedGraph made = {std::move(import_.graph), *std::move(input_), {}, {}};
  made.encodings.resize(made.graph.shapes.size());
  for (const auto& [value, encoding] : encodings_)
    made.encodings[value] = encoding;
  made.weights.resize(made.graph.nodes.size());
  for (auto& [node, weights] : weights_)
    made.weights[node] = std::move(weights);
  return made;
}

}  // namespace lockstep::quant
