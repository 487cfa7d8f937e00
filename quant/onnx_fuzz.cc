// What a fuzzer feeds with bytes: the reader and what comes right after it must
// read or refuse any, and not crash, leak or take more memory than they say.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "quant/build_integer_graph.h"
#include "quant/check_integer_graph.h"
#include "quant/input_codes.h"
#include "quant/onnx_reader.h"
#include "quant/run_memory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep::quant;
  const auto model = ReadOnnx({reinterpret_cast<const char*>(data), size});
  if (!model.ok()) return 0;
  if (model->quantized) {
    QuantizedGraph graph = *model->quantized;
    FillInputCodes(lockstep::Normalization(), graph);
    const auto integer = BuildIntegerGraph(graph);
    if (integer.ok() && !CheckIntegerGraph(*integer).ok()) std::abort();
    return 0;
  }
  const auto folded = FoldBatchNorm(model->graph);
  if (!folded.ok()) return 0;
  const RunBytes bytes = FloatRunBytes(*folded);
  if (bytes.fixed < 0 || bytes.an_image < 0) std::abort();
  return 0;
}
