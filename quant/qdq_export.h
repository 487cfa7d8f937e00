// A quantised net as a float ONNX model with QuantizeLinear and
// DequantizeLinear nodes (QDQ): the form in which ONNX Runtime, OpenVINO and
// TensorRT take int8 nets, and which ReadOnnx reads back.
//
// Exactly the numbers of the QuantizedGraph are written: s8 weights and int32
// biases behind a DequantizeLinear with a scale for each output channel, and a
// QuantizeLinear and DequantizeLinear behind each value that has an encoding:
//
//   DQ(x u8), DQ(w s8, axis 0), DQ(b s32, axis 0) -> Conv -> Relu -> Q
//
// So the graph decides the dialect. Where convolutions before an Add and the
// mean over the map have encodings ("ort"), ONNX Runtime fuses everything:
// QLinearConv, QLinearAdd, QLinearGlobalAveragePool, QGemm. Where they have
// none ("fused") the file means one rounding an Add, as our engine computes,
// and engines that add inside a convolution (OpenVINO) round once too.
//
// A convolution over the whole map is Flatten and Gemm. Input "pixels" is u8
// [N, 3, 32, 32] as in CIFAR-10's files, with one zero point if the channels'
// are equal, else with three; output "logits" is float [N, 10]. Nodes have the
// names of the float nodes, opset 13.

#ifndef LOCKSTEP_QUANT_QDQ_EXPORT_H_
#define LOCKSTEP_QUANT_QDQ_EXPORT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// The model of `graph` with these metadata_props. Nodes that the output does
// not need are left out. Unimplemented names what no ONNX model of this form
// can hold: a table of input codes, batch norm, a window on a matrix's output.
absl::StatusOr<onnx::ModelProto> QdqModel(
    const QuantizedGraph& graph,
    const std::map<std::string, std::string>& metadata);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QDQ_EXPORT_H_
