#include "quant/dump_values.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "quant/reference_engine.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

// [images][height][width][channels] to [images][channels][height][width].
std::string Planes(const std::vector<uint8_t>& codes, const Shape& shape) {
  const size_t size = shape.size(), map = size / shape.channels;
  std::string planes(codes.size(), '\0');
  for (size_t i = 0; i < codes.size(); ++i) {
    const size_t at = i % size;
    planes[i - at + at % shape.channels * map + at / shape.channels] =
        static_cast<char>(codes[i]);
  }
  return planes;
}

// The node that makes value `value` of the net.
std::string NameOf(const QuantizedNet& net, int value) {
  const int source = net.integer.sources[value];
  if (source == 0) return "input";
  if (net.quantized) return net.quantized->graph.nodes[source - 1].name;
  return net.integer.layers[value - 1].name;
}

nlohmann::json Describe(const QuantizedNet& net, int value,
                        const std::string& file) {
  const Shape& shape = net.integer.shapes[value];
  const Encoding& encoding = net.integer.encodings[value];
  return {{"name", NameOf(net, value)},
          {"file", file},
          {"shape", {shape.channels, shape.height, shape.width}},
          {"scale", encoding.scale},
          {"zero_point", encoding.zero_point}};
}

}  // namespace

absl::Status DumpValues(const QuantizedNet& net, const ImageSet& images,
                        const std::string& folder) {
  absl::Status status = MakeWritableDirectory(folder);
  nlohmann::json values = nlohmann::json::array();
  const auto dump = [&](int value, const IntegerTensor& tensor) {
    if (!status.ok() || tensor.u8.empty()) return;
    const std::string file = absl::StrFormat("%04d.u8", value);
    values.push_back(Describe(net, value, file));
    status = WriteFileAtomically(absl::StrCat(folder, "/", file),
                                 Planes(tensor.u8, net.integer.shapes[value]));
  };
  std::vector<int32_t> logits(images.size() * kCifarClasses);
  ReferenceEngine(net.integer)
      .Run(images.image(0), images.size(), logits.data(), dump);
  const std::vector<float> real = RealLogits(net.integer, logits);
  if (status.ok())
    status = WriteFileAtomically(absl::StrCat(folder, "/logits.f32"),
                                 {reinterpret_cast<const char*>(real.data()),
                                  real.size() * sizeof(float)});
  if (!status.ok()) return status;
  return WriteFileAtomically(absl::StrCat(folder, "/values.json"),
                             values.dump(1) + "\n");
}

}  // namespace lockstep::quant
