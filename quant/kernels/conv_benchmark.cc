// //quant/kernels:conv_benchmark: every kernel on the layers of a CIFAR
// ResNet-18, one core, in nominal GMAC/s (padded taps count) and microseconds
// an image; and how long it takes to choose and pack all of them, as a net does
// when it is loaded. docs/kernels.md keeps what it measured.

#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "quant/aligned.h"
#include "quant/cpu.h"
#include "quant/kernels/conv_kernel.h"
#include "quant/kernels/isa.h"
#include "quant/kernels/testing_conv.h"

namespace lockstep::quant {
namespace {

struct Layer {
  const char* name;
  int in, out, side, kernel, stride;
  bool pixels;
  int count;  // of the net
};

constexpr Layer kLayers[] = {{"stem", 3, 64, 32, 3, 1, true, 1},
                             {"stage1", 64, 64, 32, 3, 1, false, 4},
                             {"down2", 64, 128, 32, 3, 2, false, 1},
                             {"short2", 64, 128, 32, 1, 2, false, 1},
                             {"stage2", 128, 128, 16, 3, 1, false, 3},
                             {"down3", 128, 256, 16, 3, 2, false, 1},
                             {"short3", 128, 256, 16, 1, 2, false, 1},
                             {"stage3", 256, 256, 8, 3, 1, false, 3},
                             {"down4", 256, 512, 8, 3, 2, false, 1},
                             {"short4", 256, 512, 8, 1, 2, false, 1},
                             {"stage4", 512, 512, 4, 3, 1, false, 3}};

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
  test.fill = Fill::kTrained;
  return test;
}

void RunConv(benchmark::State& state, const Layer& layer,
             const ConvKernel& kernel, const Isa& isa) {
  const size_t images = state.range(0);
  const TestingConv conv(CaseOf(layer, images), 1);
  const std::unique_ptr<PackedConv> packed = kernel.pack(conv.task(), isa);
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

void Register(const Layer& layer, const ConvKernel& kernel, const Isa& isa) {
  if (!kernel.fits(TestingConv(CaseOf(layer, 1), 1).task(), isa)) return;
  benchmark::RegisterBenchmark(
      absl::StrCat(layer.name, "/", isa.name, "/", kernel.name).c_str(),
      [&](auto& state) { RunConv(state, layer, kernel, isa); })
      ->Arg(1)
      ->Arg(16);
}

// All layers of the net, for batches of the argument.
void PackLayers(benchmark::State& state, const Isa& isa) {
  const size_t images = state.range(0);
  std::vector<std::unique_ptr<TestingConv>> layers;
  for (const Layer& layer : kLayers)
    for (int i = 0; i < layer.count; ++i)
      layers.push_back(std::make_unique<TestingConv>(CaseOf(layer, 1), 1));
  for (auto _ : state) {
    std::vector<std::unique_ptr<PackedConv>> net;
    for (const auto& layer : layers)
      net.push_back(ChooseConvKernel(layer->task(), isa, images)
                        .pack(layer->task(), isa));
  }
}

void RegisterPack(const Isa& isa) {
  benchmark::RegisterBenchmark(absl::StrCat("pack/", isa.name).c_str(),
                               [&](auto& state) { PackLayers(state, isa); })
      ->Arg(1)
      ->Arg(16)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace lockstep::quant

int main(int argc, char** argv) {
  namespace quant = lockstep::quant;
  benchmark::Initialize(&argc, argv);
  for (const quant::Isa& isa : quant::Isas()) {
    if (!isa.supported(quant::ThisCpu())) continue;
    quant::RegisterPack(isa);
    for (const quant::Layer& layer : quant::kLayers)
      for (const quant::ConvKernel& kernel : quant::ConvKernels())
        quant::Register(layer, kernel, isa);
  }
  benchmark::RunSpecifiedBenchmarks();
}
