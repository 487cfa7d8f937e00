// The quantised net as a float ONNX model with QuantizeLinear and
// DequantizeLinear nodes (QDQ): the form in which ONNX Runtime, OpenVINO and
// TensorRT take int8 nets.
//
// What is written is the net that BuildIntegerGraph makes: its s8 weights with
// one scale an output channel, and its u8 activations with zero point 0 and its
// scales. A convolution is
//
//   DQ(x u8), DQ(w s8, axis 0), DQ(b s32, axis 0) -> Conv -> [Add ->] Relu -> Q
//
// with b in steps of s_x * s_w[c]. A convolution over the whole map is Flatten
// and Gemm. Input "pixels" is u8 [N, 3, 32, 32] as in CIFAR-10's files, output
// "logits" float [N, 10], not quantised. Opset 13.
//
// Where the engines that read it must differ from ours:
// - ours adds a residual before it rounds; ONNX Runtime and OpenVINO fuse an
// Add
//   only of stored tensors, so both its terms are in 8 bits, a convolution's as
//   u8 with a zero point of its own;
// - the mean over the map is stored in 8 bits, ours stays a sum;
// - one zero point serves three channels: pixels are read as q - z, z the
//   rounded mean of the channels' mean pixels, and a tap outside the image
//   reads q = z. Ours reads each channel's own mean pixel, with CIFAR-10's
//   means 125, 123, 114 against z = 121. Only outputs at the border of the
//   first layer see it; inside, both compute the same sum.

#ifndef LOCKSTEP_QUANT_QDQ_EXPORT_H_
#define LOCKSTEP_QUANT_QDQ_EXPORT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "onnx/onnx.pb.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

// The model of `graph`, in which batch norm is folded, with the calibrated
// `ranges` of its values. Its metadata name the normalisation, which is part of
// the first layer's weights. Errors are those of BuildIntegerGraph, and
// Unimplemented for what no ONNX model that ReadOnnx accepts can hold.
absl::StatusOr<onnx::ModelProto> QdqModel(const FloatGraph& graph,
                                          const std::vector<Range>& ranges,
                                          const Normalization& normalization);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QDQ_EXPORT_H_
