// //quant/kernels:conv_benchmark: every kernel on the layers of a CIFAR
// ResNet-18, one core, in nominal GMAC/s (padded taps count) and microseconds
// an image. docs/kernels.md keeps what it measured.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "quant/aligned.h"
#include "quant/cpu.h"
#include "quant/kernels/direct_conv.h"
#include "quant/kernels/microkernels.h"
#include "quant/kernels/testing_conv.h"
#include "quant/kernels/tile_conv.h"
#include "quant/kernels/tile_microkernels.h"
#include "quant/kernels/winograd_conv.h"

namespace lockstep::quant {
namespace {

struct Layer {
  const char* name;
  int in, out, side, kernel, stride;
  bool pixels;
};

constexpr Layer kLayers[] = {
    {"stem", 3, 64, 32, 3, 1, true},       {"stage1", 64, 64, 32, 3, 1, false},
    {"down2", 64, 128, 32, 3, 2, false},   {"short2", 64, 128, 32, 1, 2, false},
    {"stage2", 128, 128, 16, 3, 1, false}, {"down3", 128, 256, 16, 3, 2, false},
    {"stage3", 256, 256, 8, 3, 1, false},  {"down4", 256, 512, 8, 3, 2, false},
    {"stage4", 512, 512, 4, 3, 1, false}};

ConvCase CaseOf(const Layer& layer, size_t images) {
  ConvCase test = {};
  test.in_channels = layer.in;
  test.out_channels = layer.out;
  test.side = layer.side;
  test.kernel = layer.kernel;
  test.stride = layer.stride;
  test.pad = layer.kernel / 2;
  test.images = images;
  test.pixels = layer.pixels;
  return test;
}

using PackFunction =
    std::function<std::unique_ptr<PackedConv>(const ConvTask&)>;

void RunConv(benchmark::State& state, const Layer& layer,
             const PackFunction& pack) {
  const size_t images = state.range(0);
  const TestingConv conv(CaseOf(layer, images), 1);
  const std::unique_ptr<PackedConv> packed = pack(conv.task());
  std::vector<uint8_t> out(conv.outputs());
  AlignedBuffer<uint8_t> scratch(packed->ScratchBytes(images) + 1, kCacheLine);
  const ConvBuffers buffers = conv.Buffers(out.data(), nullptr);
  for (auto _ : state) {
    packed->Run(buffers, {}, scratch.data());
    benchmark::ClobberMemory();
  }
  const Shape& map = conv.task().out;
  const double macs = double(images) * map.size() * layer.kernel *
                      layer.kernel * layer.in * state.iterations();
  state.counters["GMAC/s"] =
      benchmark::Counter(macs / 1e9, benchmark::Counter::kIsRate);
  state.counters["us/image"] = benchmark::Counter(
      double(images) * state.iterations() / 1e6,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void Register(const Layer& layer, const std::string& kernel,
              const PackFunction& pack) {
  benchmark::RegisterBenchmark(
      (std::string(layer.name) + "/" + kernel).c_str(),
      [&layer, pack](auto& state) { RunConv(state, layer, pack); })
      ->Arg(1)
      ->Arg(16);
}

void RegisterVectors(const Microkernels& micro) {
  const std::string name = std::string(micro.name) + "/";
  for (const Layer& layer : kLayers) {
    Register(layer, name + "direct",
             [&](const ConvTask& task) { return PackDirectConv(task, micro); });
    for (int m : {2, 4})
      if (WinogradFits(TestingConv(CaseOf(layer, 1), 1).task(), m))
        Register(layer, name + "winograd" + std::to_string(m),
                 [&micro, m](const ConvTask& task) {
                   return PackWinogradConv(task, micro, m);
                 });
  }
}

void RegisterTiles(const TileMicrokernels& tiles, const Microkernels& vectors) {
  for (const Layer& layer : kLayers)
    if (TileFits(TestingConv(CaseOf(layer, 1), 1).task()))
      Register(layer, std::string(tiles.name) + "/direct",
               [&](const ConvTask& task) {
                 return PackTileConv(task, tiles, vectors);
               });
}

}  // namespace
}  // namespace lockstep::quant

int main(int argc, char** argv) {
  namespace quant = lockstep::quant;
  benchmark::Initialize(&argc, argv);
  const quant::CpuFeatures cpu = quant::ThisCpu();
  if (cpu.avx2) quant::RegisterVectors(quant::Avx2Microkernels());
  if (cpu.avxvnni) quant::RegisterVectors(quant::AvxVnniMicrokernels());
  if (cpu.avx512vnni) quant::RegisterVectors(quant::Avx512VnniMicrokernels());
  if (cpu.amx)
    quant::RegisterTiles(quant::AmxTileMicrokernels(),
                         quant::Avx512VnniMicrokernels());
  benchmark::RunSpecifiedBenchmarks();
}
