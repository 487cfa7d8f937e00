#include "quant/onnx_write.h"

namespace lockstep::quant {

onnx::NodeProto& AddNode(onnx::GraphProto& graph, const std::string& type,
                         const std::string& name,
                         const std::vector<std::string>& inputs) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(type);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name);
  return node;
}

std::string AddTensor(onnx::GraphProto& graph, const std::string& name,
                      onnx::TensorProto::DataType type,
                      const std::vector<int64_t>& dims,
                      const std::string& raw) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t dim : dims) tensor.add_dims(dim);
  tensor.set_raw_data(raw);
  return name;
}

void SetInts(onnx::NodeProto& node, const std::string& name,
             const std::vector<int64_t>& values) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values) attribute->add_ints(value);
}

void SetInt(onnx::NodeProto& node, const std::string& name, int64_t value) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

void DescribeBatch(const std::string& name, onnx::TensorProto::DataType type,
                   const std::vector<int64_t>& dims,
                   onnx::ValueInfoProto& value) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape()->add_dim()->set_dim_param("N");
  for (int64_t dim : dims)
    tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

void AddMetadata(const std::string& key, const std::string& value,
                 onnx::ModelProto& model) {
  onnx::StringStringEntryProto& entry = *model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace lockstep::quant
