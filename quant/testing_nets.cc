#include "quant/testing_nets.h"

#include <utility>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/build_integer_graph.h"
#include "quant/calibrate.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"

namespace lockstep::quant {

TestingNet MakeTestingNet(const onnx::ModelProto& model, size_t images,
                          Dialect dialect) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  TestingNet net = {*FoldBatchNorm(read->graph),
                    *ReadCifar10(SampleDataPath(), Split::kTrain, images),
                    {},
                    {}};
  const auto ranges = CalibrateMinMax(FloatEngine(net.folded), net.images,
                                      Normalization(), {1, 8});
  EXPECT_TRUE(ranges.ok()) << ranges.status();
  net.quantized = QuantizeGraph(net.folded, *ranges, Normalization(), dialect);
  const auto integer = BuildIntegerGraph(net.quantized);
  EXPECT_TRUE(integer.ok()) << integer.status();
  net.integer = *integer;
  return net;
}

QuantizedNet FloatNet(const onnx::ModelProto& model, size_t images,
                      Dialect dialect) {
  TestingNet made = MakeTestingNet(model, images, dialect);
  QuantizedNet net;
  net.folded = std::move(made.folded);
  net.quantized = std::move(made.quantized);
  net.integer = std::move(made.integer);
  return net;
}

QuantizedNet QdqNet(QuantizedGraph graph) {
  QuantizedNet net;
  net.kind = ModelKind::kQdq;
  net.folded = graph.graph;
  auto integer = BuildIntegerGraph(graph);
  EXPECT_TRUE(integer.ok()) << integer.status();
  net.integer = *std::move(integer);
  net.quantized = std::move(graph);
  return net;
}

}  // namespace lockstep::quant
