#include "quant/kernels/conv_kernel.h"

#include "quant/kernels/direct_conv.h"
#include "quant/kernels/pixel_classes.h"
#include "quant/kernels/winograd_conv.h"

namespace lockstep::quant {
namespace {

double DirectCost(const ConvTask& task, const Isa& isa) {
  return ValidMacs(task) / isa.direct_rate +
         task.out.size() * isa.requantize_ns;
}

template <int m>
bool WinogradFitsHere(const ConvTask& task, const Isa&) {
  return WinogradFits(task, m);
}

template <int m>
double WinogradCost(const ConvTask& task, const Isa& isa) {
  constexpr int kPatch = (m + 2) * (m + 2);
  const double tiles =
      double((task.out.height + m - 1) / m) * ((task.out.width + m - 1) / m);
  const double macs =
      tiles * kPatch * task.stored_in() * double(task.stored_out());
  return macs / isa.winograd_rate + tiles * m * m * task.stored_out() *
                                        (isa.requantize_ns + isa.transform_ns);
}

template <int m>
std::unique_ptr<PackedConv> PackWinograd(const ConvTask& task, const Isa& isa) {
  return PackWinogradConv(task, isa.vectors(), m);
}

}  // namespace

const std::vector<ConvKernel>& ConvKernels() {
  static const auto* const kernels = new std::vector<ConvKernel>{
      {"direct", "", [](const ConvTask&, const Isa&) { return true; },
       DirectCost,
       [](const ConvTask& task, const Isa& isa) {
         return PackDirectConv(task, isa.vectors());
       }},
      {"winograd2", "not 3x3 with stride 1, or a sum may pass 2^29",
       WinogradFitsHere<2>, WinogradCost<2>, PackWinograd<2>},
      {"winograd4", "not 3x3 with stride 1, or a sum may span 2^26",
       WinogradFitsHere<4>, WinogradCost<4>, PackWinograd<4>},
  };
  return *kernels;
}

const ConvKernel& ChooseConvKernel(const ConvTask& task, const Isa& isa) {
  const ConvKernel* best = nullptr;
  double least = 0;
  for (const ConvKernel& kernel : ConvKernels()) {
    if (!kernel.fits(task, isa)) continue;
    const double cost = kernel.cost(task, isa);
    if (best == nullptr || cost < least) best = &kernel, least = cost;
  }
  return *best;
}

int64_t ValidMacs(const ConvTask& task) {
  int64_t taps = 0;
  for (const PixelClass& pixels :
       PixelClasses(task.in, task.out, task.layer->window))
    taps += pixels.Taps() * static_cast<int64_t>(pixels.output.size());
  return taps * task.in.channels * task.out.channels;
}

}  // namespace lockstep::quant
