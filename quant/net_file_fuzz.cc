// What a fuzzer feeds with bytes: any .lsq file is refused or runs, and runs
// the same in the reference engine and in the kernels.
//
// Sizes and CRC are made right first: no mutation would get past them else.

#include <isa-l.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "quant/engine.h"
#include "quant/net_file.h"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

// The header of net_file.h.
constexpr size_t kCrcAt = 12, kCrcFrom = 16, kFileSizeAt = 32, kHeader = 64;

void Seal(std::string& bytes) {
  if (bytes.size() < kHeader) return;
  const uint64_t size = bytes.size();
  std::memcpy(&bytes[kFileSizeAt], &size, sizeof(size));
  auto* const from = reinterpret_cast<unsigned char*>(&bytes[kCrcFrom]);
  const uint32_t crc = crc32_iscsi(from, bytes.size() - kCrcFrom, 0);
  std::memcpy(&bytes[kCrcAt], &crc, sizeof(crc));
}

// Taps of one image, and bytes of its values: what is more is not run, for
// time.
bool IsSmall(const IntegerGraph& graph) {
  int64_t work = 0;
  for (size_t i = 0; i < graph.layers.size(); ++i) {
    const Window& w = graph.layers[i].window;
    const int64_t taps = graph.layers[i].op == IntegerOp::kConv
                             ? graph.shapes[graph.layers[i].input].channels
                             : 1;
    work += graph.shapes[i + 1].size() * w.kernel_h * w.kernel_w * taps +
            graph.shapes[graph.layers[i].input].size();
  }
  return work < 3'000'000;
}

void ExpectSameLogits(const IntegerGraph& graph) {
  constexpr size_t kImages = 2, kClasses = 10;
  static const std::vector<uint8_t> pixels = RandomPixels(kImages * 3072, 1);
  std::vector<int32_t> expected(kImages * kClasses), logits(expected.size());
  ReferenceEngine(graph).Run(pixels.data(), kImages, expected.data());
  for (const char* isa : {"portable", "auto"}) {
    const auto choice = ChooseEngine(isa, ThisCpu());
    MakeEngine(graph, *choice, {1, kImages})
        ->Run(pixels.data(), kImages, logits.data());
    if (logits != expected) std::abort();
  }
}

}  // namespace
}  // namespace lockstep::quant

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep::quant;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Seal(bytes);
  const auto net = DecodeNet(bytes);
  if (!net.ok()) return 0;
  if (!DecodeNet(EncodeNet(*net)).ok()) std::abort();
  if (IsSmall(net->graph)) ExpectSameLogits(net->graph);
  return 0;
}
