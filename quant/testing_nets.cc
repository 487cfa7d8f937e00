#include "quant/testing_nets.h"

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

}  // namespace lockstep::quant
