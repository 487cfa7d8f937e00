#include "quant/onnx_reader.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "data/cifar10.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"
#include "quant/onnx_nodes.h"
#include "quant/qdq_nodes.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

constexpr int kOldestOpset = 7;  // before it, Add broadcasts by attribute
constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr int kNewestOpset = 22;  // the newest whose operators were read

absl::StatusOr<int> DefaultOpset(const onnx::ModelProto& model) {
  for (const onnx::OperatorSetIdProto& opset : model.opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
    if (opset.version() >= kOldestOpset && opset.version() <= kNewestOpset)
      return static_cast<int>(opset.version());
    return absl::UnimplementedError(
        absl::StrCat("the model uses opset ", opset.version(),
                     "; supported are ", kOldestOpset, " to ", kNewestOpset));
  }
  return absl::DataLossError("the model names no opset; truncated?");
}

absl::Status AddInitializers(const onnx::GraphProto& graph, Import& import) {
  if (graph.sparse_initializer_size() > 0)
    return absl::UnimplementedError("sparse initializers are not supported");
  for (const onnx::TensorProto& tensor : graph.initializer())
    if (!import.names.emplace(tensor.name(), Operand{&tensor}).second)
      return absl::InvalidArgumentError(
          absl::StrCat("initializer '", tensor.name(), "' appears twice"));
  return absl::OkStatus();
}

// A quantised net may read the bytes of pixels.
bool IsCifarInput(const onnx::ValueInfoProto& input, bool quantized) {
  const onnx::TypeProto::Tensor& type = input.type().tensor_type();
  const auto& dims = type.shape().dim();
  return (type.elem_type() == onnx::TensorProto::FLOAT ||
          (quantized && type.elem_type() == onnx::TensorProto::UINT8)) &&
         dims.size() == 4 && dims[1].dim_value() == kCifarChannels &&
         dims[2].dim_value() == kCifarSide && dims[3].dim_value() == kCifarSide;
}

// Old files list initializers among the inputs too; those are skipped.
absl::Status AddInput(const onnx::GraphProto& graph, QdqImport* qdq,
                      Import& import) {
  const onnx::ValueInfoProto* found = nullptr;
  for (const onnx::ValueInfoProto& input : graph.input()) {
    if (import.names.count(input.name()) > 0) continue;
    if (found != nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat("the model has two inputs, '", found->name(), "' and '",
                       input.name(), "'; expected one image"));
    found = &input;
  }
  if (found == nullptr)
    return absl::DataLossError("the model has no input; truncated?");
  if (!IsCifarInput(*found, qdq != nullptr))
    return absl::InvalidArgumentError(absl::StrCat(
        "input '", found->name(), "' must be float [N,3,32,32] (CIFAR-10)",
        qdq != nullptr ? ", or uint8" : ""));
  if (found->type().tensor_type().elem_type() == onnx::TensorProto::UINT8)
    qdq->AddPixels(found->name());
  else
    import.names[found->name()] = {nullptr, 0, 4};
  return absl::OkStatus();
}

absl::Status SetOutput(const onnx::GraphProto& graph, Import& import) {
  if (graph.output_size() != 1)
    return absl::InvalidArgumentError(absl::StrCat(
        "the model has ", graph.output_size(), " outputs, expected one"));
  const std::string& name = graph.output(0).name();
  const auto found = import.names.find(name);
  if (found == import.names.end() || found->second.constant != nullptr)
    return absl::InvalidArgumentError(
        absl::StrCat("no node makes the model's output '", name, "'"));
  import.graph.output = found->second.value;
  const Shape& shape = import.graph.shapes[import.graph.output];
  if (!(shape == Shape{kCifarClasses, 1, 1}))
    return absl::InvalidArgumentError(
        absl::StrCat("output '", name, "' is ", shape.ToString(),
                     " an image, expected ", kCifarClasses, " logits"));
  return absl::OkStatus();
}

// `qdq` is null for a float net.
absl::Status ImportGraph(const onnx::GraphProto& graph, QdqImport* qdq,
                         Import& import) {
  absl::Status status = AddInitializers(graph, import);
  if (status.ok()) status = AddInput(graph, qdq, import);
  for (const onnx::NodeProto& node : graph.node()) {
    if (!status.ok()) break;
    status = qdq != nullptr ? qdq->Add(node) : ImportNode(node, import);
  }
  return status.ok() ? SetOutput(graph, import) : status;
}

}  // namespace

absl::StatusOr<OnnxModel> ReadOnnx(absl::string_view bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), bytes.size()) || !model.has_graph())
    return absl::DataLossError(absl::StrCat(
        "not an ONNX model, or a truncated one (", bytes.size(), " bytes)"));
  const absl::StatusOr<int> opset = DefaultOpset(model);
  if (!opset.ok()) return opset.status();
  Import import = {
      EmptyGraph({kCifarChannels, kCifarSide, kCifarSide}), {}, *opset};
  QdqImport qdq(import);
  const bool quantized = IsQuantized(model.graph());
  const absl::Status status =
      ImportGraph(model.graph(), quantized ? &qdq : nullptr, import);
  if (!status.ok()) return status;
  OnnxModel result;
  if (quantized) {
    auto finished = qdq.Finish(model.graph().output(0).name());
    if (!finished.ok()) return finished.status();
    result.quantized = *std::move(finished);
  } else {
    result.graph = std::move(import.graph);
  }
  for (const onnx::StringStringEntryProto& entry : model.metadata_props())
    result.metadata[entry.key()] = entry.value();
  return result;
}

absl::StatusOr<OnnxModel> ReadOnnxFile(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path, kMaxBytes);
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<OnnxModel> model = ReadOnnx(*bytes);
  if (model.ok()) return model;
  return absl::Status(model.status().code(),
                      absl::StrCat(path, ": ", model.status().message()));
}

}  // namespace lockstep::quant
