// How long a ResNet-18 takes from an .lsq file to an integer graph, and to an
// engine of this CPU that is ready to run.

#include <cstdlib>
#include <string>

#include "benchmark/benchmark.h"
#include "quant/cpu.h"
#include "quant/engine.h"
#include "quant/net_file.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "tools/cli/file.h"
#include "tools/cli/temporary_folder.h"

namespace lockstep::quant {
namespace {

// An .lsq file of a ResNet-18 with random weights, for as long as the program.
const std::string& Path() {
  static TemporaryFolder folder;
  static const std::string path = [] {
    if (!folder.Make().ok()) std::abort();
    const std::string name = folder.path() + "/net.lsq";
    const auto net = MakeTestingNet(ResnetModel({2, 2, 2, 2}, 64), 2);
    if (!WriteFileAtomically(name, EncodeNet({net.integer, {}})).ok())
      std::abort();
    return name;
  }();
  return path;
}

void BM_Load(benchmark::State& state) {
  const std::string& path = Path();
  for (auto step : state) {
    const auto net = LoadNet(path);
    if (!net.ok()) return state.SkipWithError("not read");
    benchmark::DoNotOptimize(net->graph.layers.data());
  }
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

void BM_LoadAndMakeEngine(benchmark::State& state) {
  const std::string& path = Path();
  const auto choice = ChooseEngine("", ThisCpu());
  for (auto step : state) {
    const auto net = LoadNet(path);
    if (!net.ok() || !choice.ok()) return state.SkipWithError("not read");
    benchmark::DoNotOptimize(MakeEngine(net->graph, *choice, {1, 16}));
  }
}
BENCHMARK(BM_LoadAndMakeEngine)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::quant

BENCHMARK_MAIN();
