// //train:measure_cost_benchmark: what measuring costs a step (measure_cost.h,
// docs/benchmarks.md).

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/command_line.h"
#include "tools/cli/temporary_folder.h"
#include "train/measure_cost.h"

ABSL_FLAG(int, pairs, 100,
          "[benchmark] pairs of steps, measured once and measured twice");

namespace lockstep {
namespace {

constexpr char kPurpose[] =
    "measures what measuring costs a training step: ResNet-20, 2 ranks x 32\n"
    "images, one thread a rank, over Gloo in one process";

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[std::lround(q * (values.size() - 1))];
}

void Print(const char* name, const std::vector<double>& us) {
  std::printf("%-10s median_us=%.1f | quartiles_us=%.1f..%.1f | n=%d\n", name,
              Quantile(us, 0.5), Quantile(us, 0.25), Quantile(us, 0.75),
              static_cast<int>(us.size()));
}

void PrintCost(const MeasureCost& cost) {
  Print("single", cost.single_us);
  Print("double", cost.double_us);
  Print("measuring", cost.measuring_us);
  std::vector<double> ratios;
  for (size_t i = 0; i < cost.single_us.size(); ++i)
    ratios.push_back(cost.double_us[i] / cost.single_us[i]);
  const double step = Quantile(cost.single_us, 0.5);
  std::printf("double / single: %.4f | of each pair: %.4f (%.4f..%.4f)\n",
              Quantile(cost.double_us, 0.5) / step, Quantile(ratios, 0.5),
              Quantile(ratios, 0.25), Quantile(ratios, 0.75));
  std::printf("measuring / single: %.3f %%\n",
              100 * Quantile(cost.measuring_us, 0.5) / step);
}

absl::Status Main(const std::vector<std::string>& positional) {
  if (!positional.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument '", positional[0], "'"));
  MeasureCostOptions options;
  options.pairs = absl::GetFlag(FLAGS_pairs);
  absl::Status status = CheckRange("pairs", options.pairs, 1, 1e6);
  TemporaryFolder folder;
  if (status.ok()) status = folder.Make();
  if (!status.ok()) return status;
  options.record_path = folder.path() + "/run.rec";
  const auto cost = MeasureMeasuring(options);
  if (cost.ok()) PrintCost(*cost);
  return cost.status();
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv, lockstep::kPurpose, lockstep::Main);
}
