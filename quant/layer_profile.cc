#include "quant/layer_profile.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "quant/aligned.h"
#include "quant/bench_timing.h"
#include "quant/cpu.h"

namespace lockstep::quant {
namespace {

const char* OpNameOf(const IntegerLayer& layer) {
  if (layer.op == IntegerOp::kMaxPool) return "max pool";
  return layer.op == IntegerOp::kSum ? "sum of map" : "matrix of sums";
}

LayerProfile Describe(const PackedNet& net, size_t i, const Peak& peak) {
  const ConvTask task = net.task(i);
  const Window& window = task.layer->window;
  LayerProfile result;
  result.name = task.layer->name;
  result.shape = absl::StrCat(task.in.ToString(), " -> ", task.out.ToString(),
                              ", ", window.kernel_h, "x", window.kernel_w);
  if (window.stride_h > 1)
    absl::StrAppend(&result.shape, " / ", window.stride_h);
  if (task.layer->op == IntegerOp::kConv)
    result.nominal_macs =
        task.out.size() * window.kernel_h * window.kernel_w * task.in.channels;
  const ConvKernel* kernel = net.kernel(i);
  result.kernel = kernel != nullptr ? kernel->name : OpNameOf(*task.layer);
  if (kernel == nullptr) return result;
  result.issued_macs = kernel->macs(task);
  result.peak_gmacs = PeakOf(kernel->products, peak);
  result.weight_bytes = net.WeightBytes(i);
  return result;
}

}  // namespace

double LayerProfile::NominalGmacs() const {
  return microseconds > 0 ? nominal_macs / microseconds / 1e3 : 0;
}

double LayerProfile::ProductShare() const {
  if (peak_gmacs == 0 || microseconds == 0) return 0;
  return issued_macs / peak_gmacs / 1e3 / microseconds;
}

double LayerProfile::WeightShare(const Peak& peak, size_t images) const {
  if (microseconds == 0) return 0;
  return weight_bytes / peak.read_gbps / 1e3 / images / microseconds;
}

double NetProfile::Microseconds() const {
  double total = 0;
  for (const LayerProfile& layer : layers) total += layer.microseconds;
  return total;
}

NetProfile ProfileLayers(const PackedNet& net, const Peak& peak,
                         const uint8_t* pixels, size_t images, double seconds) {
  const NetMemory plan = net.PlanMemory(images, 1, SecondLevelCacheBytes());
  const AlignedBuffer<uint8_t> memory(plan.bytes, kCacheLine);
  std::vector<Rates> times(net.layers());  // seconds
  const double end = SteadySeconds() + seconds;
  // The first round warms up.
  for (int round = 0; round < 2 || SteadySeconds() < end; ++round) {
    net.LoadPixels(pixels, images, plan, memory.data());
    std::vector<double> took(net.layers());
    ForEachLayer(plan, images, [&](size_t i, const Group& group) {
      const double start = SteadySeconds();
      net.RunLayer(i, group, {}, plan, memory.data());
      took[i] += SteadySeconds() - start;
    });
    for (size_t i = 0; round > 0 && i < took.size(); ++i)
      times[i].samples.push_back(took[i]);
  }
  NetProfile profile = {images, peak, {}};
  for (size_t i = 0; i < net.layers(); ++i) {
    profile.layers.push_back(Describe(net, i, peak));
    profile.layers.back().microseconds = times[i].Median() * 1e6 / images;
  }
  return profile;
}

}  // namespace lockstep::quant
