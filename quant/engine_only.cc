// The smallest program with the integer engine: what the engine costs a program
// in bytes and in time to start. It runs one convolution of 2 x 2 ones over an
// image whose bytes are all 3 and prints a logit, 2 * 2 * 3 * 3 = 36.

#include <cstdint>
#include <cstdio>
#include <vector>

#include "quant/engine.h"

namespace lockstep::quant {
namespace {

IntegerGraph OneConvolution() {
  IntegerLayer layer;
  layer.name = "sum";
  layer.window = {2, 2, 31, 31};
  layer.output = Storage::kLogits;
  layer.weights.assign(2 * 2 * 3, 1);
  layer.padding.assign(3, 0);
  layer.requantization.multiplier = {1 << 30};
  layer.requantization.offset = {0};
  IntegerGraph graph;
  graph.layers = {layer};
  graph.shapes = {{3, 32, 32}, {1, 1, 1}};
  graph.storages = {Storage::kU8, Storage::kLogits};
  return graph;
}

int Main() {
  const auto choice = ChooseEngine("", ThisCpu());
  if (!choice.ok()) {
    std::fprintf(stderr, "%s\n", choice.status().ToString().c_str());
    return 2;
  }
  const std::vector<uint8_t> pixels(3 * 32 * 32, 3);
  int32_t logit = 0;
  MakeEngine(OneConvolution(), *choice, {1, 1})->Run(pixels.data(), 1, &logit);
  std::printf("%s: logit %d\n", choice->name.c_str(), 4 * logit);
  return logit == 9 ? 0 : 1;
}

}  // namespace
}  // namespace lockstep::quant

int main() { return lockstep::quant::Main(); }
