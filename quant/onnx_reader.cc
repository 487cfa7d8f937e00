#include "quant/onnx_reader.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "data/cifar10.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_external.h"
#include "quant/onnx_import.h"
#include "quant/onnx_nodes.h"
#include "quant/onnx_parse.h"
#include "quant/onnx_tensor.h"
#include "quant/qdq_nodes.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

constexpr int kOldestOpset = 7;   // before it, Add broadcasts by attribute
constexpr int kNewestOpset = 22;  // the newest whose operators were read

// A net may have twice the weights of its file, as a few exporters share one
// tensor; half precision takes 2 bytes a weight already. Small ones may more.
constexpr int64_t kBytesAWeight = 2;
constexpr int64_t kFreeWeights = 1 << 16;

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
         dims.size() == 4 && dims[0].dim_value() >= 0 &&
         dims[1].dim_value() == kCifarChannels &&
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
  import.batch = found->type().tensor_type().shape().dim(0).dim_value();
  if (found->type().tensor_type().elem_type() == onnx::TensorProto::UINT8)
    qdq->AddPixels(found->name());
  else
    import.names[found->name()] = {nullptr, 0, 4, nullptr};
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

// "Softmax 'name'" where the output is what that node makes of the logits.
std::string SkippedOutput(const onnx::ModelProto& proto, const Import& import) {
  const auto output = import.names.find(proto.graph().output(0).name());
  const onnx::NodeProto* softmax = output->second.softmax;
  if (softmax == nullptr) return "";
  return absl::StrCat(softmax->op_type(), " '", NodeName(*softmax), "'");
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

// What `proto`, whose parts took `bytes` in files, says.
absl::StatusOr<OnnxModel> ReadModel(const onnx::ModelProto& proto,
                                    int64_t bytes) {
  const absl::StatusOr<int> opset = DefaultOpset(proto);
  if (!opset.ok()) return opset.status();
  Import import;
  import.graph = EmptyGraph({kCifarChannels, kCifarSide, kCifarSide});
  import.opset = *opset;
  const bool quantized = IsQuantized(proto.graph());
  import.weights_left =
      std::max(quantized ? 2 * bytes : bytes / kBytesAWeight, kFreeWeights);
  QdqImport qdq(import);
  const absl::Status status =
      ImportGraph(proto.graph(), quantized ? &qdq : nullptr, import);
  if (!status.ok()) return status;
  OnnxModel model;
  model.skipped_output = SkippedOutput(proto, import);
  if (quantized) {
    auto finished = qdq.Finish(proto.graph().output(0).name());
    if (!finished.ok()) return finished.status();
    model.quantized = *std::move(finished);
  } else {
    model.graph = std::move(import.graph);
  }
  for (const onnx::StringStringEntryProto& entry : proto.metadata_props())
    model.metadata[entry.key()] = entry.value();
  return model;
}

// The model in `bytes` and in the files of `folder` that it names.
absl::StatusOr<OnnxModel> ReadWithExternalData(std::string bytes,
                                               const std::string& folder) {
  absl::StatusOr<onnx::ModelProto> proto = ParseOnnx(bytes);
  if (!proto.ok()) return proto.status();
  const int64_t size = bytes.size();
  std::string().swap(bytes);  // the message has copies
  const absl::StatusOr<int64_t> external =
      LoadExternalData(folder, kMaxModelBytes - size, *proto->mutable_graph());
  if (!external.ok()) return external.status();
  return ReadModel(*proto, size + *external);
}

}  // namespace

absl::StatusOr<OnnxModel> ReadOnnx(absl::string_view bytes) {
  const absl::StatusOr<onnx::ModelProto> proto = ParseOnnx(bytes);
  return proto.ok() ? ReadModel(*proto, bytes.size()) : proto.status();
}

absl::StatusOr<OnnxModel> ReadOnnxFile(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path, kMaxModelBytes);
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<OnnxModel> model = ReadWithExternalData(
      *std::move(bytes), std::filesystem::path(path).parent_path());
  if (model.ok()) return model;
  return absl::Status(model.status().code(),
                      absl::StrCat(path, ": ", model.status().message()));
}

}  // namespace lockstep::quant
