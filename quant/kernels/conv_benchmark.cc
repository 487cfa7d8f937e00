// //quant/kernels:conv_benchmark: every kernel on the layers of a CIFAR
// ResNet-18, one core, in nominal GMAC/s (padded taps count) and microseconds
// an image. docs/kernels.md keeps what it measured.

#include <memory>
#include <string>

#include "benchmark/benchmark.h"
#include "quant/aligned.h"
#include "quant/cpu.h"
#include "quant/kernels/direct_conv.h"
#include "quant/kernels/microkernels.h"
#include "quant/kernels/testing_conv.h"
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

// `m` is that of Winograd, 0 for direct.
void RunConv(benchmark::State& state, const Layer& layer,
             const Microkernels& micro, int m) {
  const size_t images = state.range(0);
  const TestingConv conv(CaseOf(layer, images), 1);
  const std::unique_ptr<PackedConv> packed =
      m == 0 ? PackDirectConv(conv.task(), micro)
             : PackWinogradConv(conv.task(), micro, m);
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

void Register(const Microkernels& micro) {
  for (const Layer& layer : kLayers)
    for (int m : {0, 2, 4}) {
      if (m != 0 && !WinogradFits(TestingConv(CaseOf(layer, 1), 1).task(), m))
        continue;
      const std::string name = std::string(layer.name) + "/" + micro.name +
                               "/" +
                               (m == 0   ? "direct"
                                : m == 2 ? "winograd2"
                                         : "winograd4");
      benchmark::RegisterBenchmark(
          name.c_str(),
          [&micro, &layer, m](auto& state) { RunConv(state, layer, micro, m); })
          ->Arg(1)
          ->Arg(16);
    }
}

}  // namespace
}  // namespace lockstep::quant

int main(int argc, char** argv) {
  namespace quant = lockstep::quant;
  benchmark::Initialize(&argc, argv);
  const quant::CpuFeatures cpu = quant::ThisCpu();
  if (cpu.avx2) quant::Register(quant::Avx2Microkernels());
  if (cpu.avxvnni) quant::Register(quant::AvxVnniMicrokernels());
  if (cpu.avx512vnni) quant::Register(quant::Avx512VnniMicrokernels());
  benchmark::RunSpecifiedBenchmarks();
}
