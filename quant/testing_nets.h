// Random nets from testing_models.h, calibrated on real images.

#ifndef LOCKSTEP_QUANT_TESTING_NETS_H_
#define LOCKSTEP_QUANT_TESTING_NETS_H_

#include <cstddef>

#include "data/cifar10.h"
#include "onnx/onnx.pb.h"
#include "quant/float_graph.h"
#include "quant/integer_graph.h"
#include "quant/quantize_graph.h"
#include "quant/quantize_net.h"

namespace lockstep::quant {

// A net, the images that calibrated it, and what came of it.
struct TestingNet {
  FloatGraph folded;
  ImageSet images;
  QuantizedGraph quantized;
  IntegerGraph integer;
};

// Of `model` and the first `images` training images of the embedded sample.
TestingNet MakeTestingNet(const onnx::ModelProto& model, size_t images,
                          Dialect dialect = Dialect::kFused);

// The same as what the report is made of: of a float model.
QuantizedNet FloatNet(const onnx::ModelProto& model, size_t images = 5,
                      Dialect dialect = Dialect::kFused);

// As if `graph` had been read from a QDQ model.
QuantizedNet QdqNet(QuantizedGraph graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_TESTING_NETS_H_
