// Reads the QuantizeLinear and DequantizeLinear nodes of a quantised net in QDQ
// form: a float net in which every tensor that is to be stored in 8 bits goes
// through a pair of them, and every constant comes out of a DequantizeLinear.
//
//   activation  Q -> DQ with one scale and zero point: an encoding of the value
//               before them, which all its readers must read through the DQ.
//               s8 is read as u8 with a zero point 128 higher. A second pair
//               must say the same (behind Flatten, MaxPool, Relu).
//   weights     DQ of s8 with zero point 0, or of u8 with zero point 128 (read
//               as s8); one scale, or one an output channel
//   bias        DQ of int32 with zero point 0; none is a bias of zeros
//   input       a u8 input -> DQ (codes are the pixel bytes), with a zero point
//               for each channel (axis 1) if it likes, or float -> Q -> DQ
//               (InputEncoding::codes then has room that FillInputCodes fills)
//
// An operator without a pair behind it makes a value that is not stored, except
// MaxPool, whose value has its input's encoding in any case. ONNX Runtime's
// quantizer removes a Relu where the zero point does its work: then it is the
// convolution's value that has an encoding.
//
// Operators: onnx/docs/Operators.md, opsets 10 to 21. Other forms (QLinearConv,
// ConvInteger, DynamicQuantizeLinear, com.microsoft) are refused, as are
// blocks, types other than 8 bits, and whatever else a QuantizedGraph cannot
// say; the messages name the node.

#ifndef LOCKSTEP_QUANT_QDQ_NODES_H_
#define LOCKSTEP_QUANT_QDQ_NODES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"
#include "quant/qdq_tensor.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Whether a node of the graph has anything to do with quantised numbers.
bool IsQuantized(const onnx::GraphProto& graph);

// The state of reading one quantised model. Errors are those of onnx_import.h.
class QdqImport {
 public:
  // `import` must outlive it.
  explicit QdqImport(Import& import) : import_(import) {}

  // Defines the u8 input.
  void AddPixels(const std::string& name);

  // ImportNode for every node of the model, these two operators included.
  absl::Status Add(const onnx::NodeProto& node);

  // The whole net, which leaves `import`; its output is the tensor `output`.
  absl::StatusOr<QuantizedGraph> Finish(const std::string& output);

 private:
  // A tensor in 8 bits that stands for a value.
  struct Code {
    int value = 0;
    int rank = 4;
    int type = 0;  // onnx::TensorProto::UINT8 or INT8
  };

  absl::Status Quantize(const onnx::NodeProto& node);
  absl::Status Dequantize(const onnx::NodeProto& node);
  absl::Status DequantizeValue(const onnx::NodeProto& node, const Code& code);
  absl::Status Store(const onnx::NodeProto& node, const QdqParameters& p,
                     const Code& code);
  absl::Status StoreInput(const onnx::NodeProto& node, const QdqParameters& p,
                          int type);
  absl::Status ImportOther(const onnx::NodeProto& node);
  void NoteReads(const onnx::NodeProto& node);
  absl::Status NoteWeights(const onnx::NodeProto& node);
  absl::StatusOr<const DequantizedConstant*> FindDequantized(
      const onnx::NodeProto& node, int input) const;
  std::optional<float> StoredScale(int value) const;
  absl::Status CheckReads() const;
  absl::Status CheckNode(size_t index) const;
  absl::Status StorePools();

  Import& import_;
  bool reads_bytes_ = false;
  std::optional<InputEncoding> input_;
  std::map<int, Encoding> encodings_;        // of values but 0
  std::map<int, QuantizedWeights> weights_;  // of nodes
  std::map<std::string, Code> codes_;
  std::set<std::string> decoded_;  // float tensors that come from 8 bits
  std::map<int, std::string> float_reads_;  // of values, by whom
  // By name; import_.names points at them.
  std::map<std::string, DequantizedConstant> constants_;
  std::set<const onnx::TensorProto*> seen_;  // that they were made of
  size_t repeated_ = 0;  // elements of those made of a tensor seen before
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QDQ_NODES_H_
