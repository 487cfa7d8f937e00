#include "quant/kernels/conv_kernel.h"

#include <algorithm>

#include "quant/kernels/direct_conv.h"
#include "quant/kernels/pixel_classes.h"
#include "quant/kernels/tile_conv.h"
#include "quant/kernels/winograd_conv.h"

namespace lockstep::quant {
namespace {

// Nanoseconds that a byte of weights takes from beyond the second-level cache:
// each pass over a layer of a whole net reads them again.
constexpr double kWeightNs = 0.03;

double WeightCost(double bytes, size_t images) {
  return bytes * kWeightNs / images;
}

double DirectWeightCost(const ConvTask& task, const Isa& isa, size_t images) {
  return WeightCost(double(task.layer->weights.size()) *
                        (isa.vectors().sums_u8s8 != nullptr ? 1 : 2),
                    images);
}

// A call of fewer rows takes as long as one of three: loads of weights are then
// what it waits for.
double RowsPaid(size_t rows, size_t most) {
  const size_t rest = rows % most;
  return rows - rest + (rest == 0 ? 0 : std::max<size_t>(rest, 3));
}

double DirectCost(const ConvTask& task, const Isa& isa, size_t images) {
  const size_t most = isa.vectors().max_rows(isa.vectors().max_vectors);
  double macs = 0;
  for (const PixelClass& pixels :
       PixelClasses(task.in, task.out, task.layer->window))
    macs += pixels.Taps() * RowsPaid(images * pixels.output.size(), most) *
            task.in.channels * task.out.channels / images;
  return macs / isa.direct_rate + task.out.size() * isa.requantize_ns +
         DirectWeightCost(task, isa, images);
}

// Rows are full, but each tap loads and stores its sums, as long as 8 steps.
double TapCost(const ConvTask& task, const Isa& isa, size_t images) {
  const double steps = task.stored_in() / 4.0;
  return ValidMacs(task) * (1 + 8 / steps) / isa.direct_rate +
         task.out.size() * isa.requantize_ns +
         DirectWeightCost(task, isa, images);
}

template <int m>
bool WinogradFitsHere(const ConvTask& task, const Isa&) {
  return WinogradFits(task, m);
}

template <int m>
int64_t Tiles(const ConvTask& task) {
  return int64_t{(task.out.height + m - 1) / m} *
         ((task.out.width + m - 1) / m);
}

template <int m>
constexpr int kPatch = (m + 2) * (m + 2);

template <int m>
int64_t WinogradMacs(const ConvTask& task) {
  return Tiles<m>(task) * kPatch<m> *
         static_cast<int64_t>(task.stored_in() * task.stored_out());
}

template <int m>
double WinogradCost(const ConvTask& task, const Isa& isa, size_t images) {
  const double weight_bytes =
      2.0 * kPatch<m> * task.stored_in() * task.stored_out();
  return WinogradMacs<m>(task) / isa.winograd_rate +
         Tiles<m>(task) * m * m * task.stored_out() *
             (isa.requantize_ns + isa.transform_ns) +
         WeightCost(weight_bytes, images);
}

template <int m>
std::unique_ptr<PackedConv> PackWinograd(const ConvTask& task, const Isa& isa) {
  return PackWinogradConv(task, isa.vectors(), m);
}

// Requantisation runs beside the products.
double TileCost(const ConvTask& task, const Isa& isa, size_t images) {
  return std::max(TileProducts(task, images) * isa.tile_ns / images,
                  task.out.size() * isa.requantize_ns) +
         DirectWeightCost(task, isa, images);
}

}  // namespace

const std::vector<ConvKernel>& ConvKernels() {
  static const auto* const kernels = new std::vector<ConvKernel>{
      {"direct", "", [](const ConvTask&, const Isa&) { return true; },
       Products::kU8S8, ValidMacs, DirectCost,
       [](const ConvTask& task, const Isa& isa) {
         return PackDirectConv(task, isa.vectors());
       }},
      {"by tap", "", [](const ConvTask&, const Isa&) { return true; },
       Products::kU8S8, ValidMacs, TapCost,
       [](const ConvTask& task, const Isa& isa) {
         return PackConvByTap(task, isa.vectors());
       }},
      {"winograd2", "not 3x3 with stride 1, or a sum may pass 2^29",
       WinogradFitsHere<2>, Products::kS16, WinogradMacs<2>, WinogradCost<2>,
       PackWinograd<2>},
      {"winograd4", "not 3x3 with stride 1, or a sum may span 2^26",
       WinogradFitsHere<4>, Products::kS16, WinogradMacs<4>, WinogradCost<4>,
       PackWinograd<4>},
      {"tiles", "pixels, padding other than 0, or no tiles in the ISA",
       [](const ConvTask& task, const Isa& isa) {
         return isa.tiles != nullptr && TileFits(task);
       },
       Products::kTiles, ValidMacs, TileCost,
       [](const ConvTask& task, const Isa& isa) {
         return PackTileConv(task, isa.tiles(), isa.vectors());
       }},
  };
  return *kernels;
}

const ConvKernel& ChooseConvKernel(const ConvTask& task, const Isa& isa,
                                   size_t images) {
  const ConvKernel* best = nullptr;
  double least = 0;
  for (const ConvKernel& kernel : ConvKernels()) {
    if (!kernel.fits(task, isa)) continue;
    const double cost = kernel.cost(task, isa, images);
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
