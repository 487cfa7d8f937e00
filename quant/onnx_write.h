// Small steps of making an ONNX model: nodes, attributes, tensors.

#ifndef LOCKSTEP_QUANT_ONNX_WRITE_H_
#define LOCKSTEP_QUANT_ONNX_WRITE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "onnx/onnx.pb.h"

namespace lockstep::quant {

// Appends a node with one output, which is called `name` like the node itself.
onnx::NodeProto& AddNode(onnx::GraphProto& graph, const std::string& type,
                         const std::string& name,
                         const std::vector<std::string>& inputs);

// Appends a constant; `raw` has its elements row by row, little-endian.
// Returns `name`.
std::string AddTensor(onnx::GraphProto& graph, const std::string& name,
                      onnx::TensorProto::DataType type,
                      const std::vector<int64_t>& dims, const std::string& raw);

// The bytes of `elements`, for AddTensor. Every machine this builds on is
// little-endian.
template <typename T>
std::string RawData(const std::vector<T>& elements) {
  return std::string(reinterpret_cast<const char*>(elements.data()),
                     elements.size() * sizeof(T));
}

void SetInts(onnx::NodeProto& node, const std::string& name,
             const std::vector<int64_t>& values);
void SetInt(onnx::NodeProto& node, const std::string& name, int64_t value);

// A value [N][dims...] of a dynamic batch size N.
void DescribeBatch(const std::string& name, onnx::TensorProto::DataType type,
                   const std::vector<int64_t>& dims,
                   onnx::ValueInfoProto& value);

void AddMetadata(const std::string& key, const std::string& value,
                 onnx::ModelProto& model);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_WRITE_H_
