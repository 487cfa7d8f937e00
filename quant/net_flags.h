// What //quant:eval and //quant:bench take: the flags that name a net, images
// and a way to run it, and everything that they stand for.

#ifndef LOCKSTEP_QUANT_NET_FLAGS_H_
#define LOCKSTEP_QUANT_NET_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "quant/engine.h"
#include "quant/onnx_reader.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"

namespace lockstep::quant {

// No arguments may be left, and every flag of this file must have a legal
// value.
absl::Status CheckNetFlags(const std::vector<std::string>& arguments);

struct NetInputs {
  std::string model, data;  // paths
  EngineChoice engine;
  int threads = 1;
  ImageSet test;
  QuantizedNet net;
  std::optional<FloatGraph> float_model;  // as read, of a float model
  QuantizeOptions options;
  std::string normalization_source;
  std::string calibration;     // a sentence for the report
  std::string skipped_output;  // a last Softmax, or ""
};

// Reads what the flags name: an .lsq file, a QDQ model, or a float model, which
// it calibrates. Errors name the file. Shows progress on standard error.
absl::StatusOr<NetInputs> ReadNetInputs();

// Quantises `inputs`' float model again with images that `seed` draws.
absl::StatusOr<QuantizedNet> Requantize(NetInputs& inputs, uint64_t seed);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_NET_FLAGS_H_
