#include "quant/simulator.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "Eigen/Core"

namespace lockstep::quant {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 63);

constexpr int64_t kFloatExact = int64_t{1} << 24;
constexpr double kMaxCode = 255;

template <typename Real>
using Matrix =
    Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Whether all sums of the layer's weights times codes are below 2^24, in any
// order of adding.
bool SumsFitFloat(const IntegerLayer& layer, size_t channels) {
  const size_t count = layer.weights.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    int64_t magnitude = 0;
    for (size_t i = c * count; i < (c + 1) * count; ++i)
      magnitude += std::abs(int{layer.weights[i]});
    if (magnitude * int64_t{255} >= kFloatExact) return false;
  }
  return true;
}

// Calls visit(row, column, tap) for each tap of the window at output (y, x).
template <typename Visit>
void ForEachTap(const Window& w, int y, int x, const Visit& visit) {
  for (int ky = 0; ky < w.kernel_h; ++ky)
    for (int kx = 0; kx < w.kernel_w; ++kx)
      visit(y * w.stride_h - w.pad_top + ky, x * w.stride_w - w.pad_left + kx,
            ky * w.kernel_w + kx);
}

bool IsInside(const Shape& in, int row, int column) {
  return row >= 0 && column >= 0 && row < in.height && column < in.width;
}

// For each output pixel its taps, [kernel_h][kernel_w][in].
template <typename Real>
Matrix<Real> Unfold(const IntegerLayer& layer, const Shape& in,
                    const Shape& out, const std::vector<double>& input) {
  const int channels = in.channels;
  Matrix<Real> rows(out.height * out.width,
                    layer.window.kernel_h * layer.window.kernel_w * channels);
  for (int pixel = 0; pixel < rows.rows(); ++pixel)
    ForEachTap(layer.window, pixel / out.width, pixel % out.width,
               [&](int row, int column, int tap) {
                 const bool inside = IsInside(in, row, column);
                 const double* from =
                     inside ? &input[(row * in.width + column) * channels]
                            : nullptr;
                 for (int c = 0; c < channels; ++c)
                   rows(pixel, tap * channels + c) =
                       inside ? from[c] : layer.padding[c];
               });
  return rows;
}

// The greatest, or the sum, of each window.
std::vector<double> Pool(const Window& window, const Shape& in,
                         const Shape& out, bool is_max,
                         const std::vector<double>& input) {
  std::vector<double> result(out.size());
  for (int64_t at = 0; at < out.size(); ++at) {
    const int c = at % out.channels, pixel = at / out.channels;
    ForEachTap(window, pixel / out.width, pixel % out.width,
               [&](int row, int column, int) {
                 if (!IsInside(in, row, column)) return;
                 const double x =
                     input[(row * in.width + column) * in.channels + c];
                 result[at] = is_max ? std::max(result[at], x) : result[at] + x;
               });
  }
  return result;
}

}  // namespace

Simulator::Simulator(const IntegerGraph& graph) : graph_(graph) {
  for (size_t i = 0; i < graph.layers.size(); ++i)
    fits_float_.push_back(
        graph.storages[graph.layers[i].input] == Storage::kU8 &&
        SumsFitFloat(graph.layers[i], graph.shapes[i + 1].channels));
}

void Simulator::Run(const uint8_t* pixels, size_t images,
                    double* logits) const {
  for (size_t i = 0; i < images; ++i) {
    Map output = RunImage(pixels + i * graph_.shapes[0].size()).back();
    if (graph_.storages.back() == Storage::kU8)
      for (double& logit : output) logit -= graph_.encodings.back().zero_point;
    logits = std::copy(output.begin(), output.end(), logits);
  }
}

template <typename Real>
Simulator::Map Simulator::Products(size_t i, const Map& input) const {
  const IntegerLayer& layer = graph_.layers[i];
  const Shape &in = graph_.shapes[layer.input], &out = graph_.shapes[i + 1];
  const Matrix<Real> rows = Unfold<Real>(layer, in, out, input);
  const Matrix<Real> weights =
      Eigen::Map<const Matrix<int8_t>>(layer.weights.data(), out.channels,
                                       rows.cols())
          .cast<Real>();
  const Matrix<Real> sums = rows * weights.transpose();
  return Map(sums.data(), sums.data() + sums.size());
}

// What layer i adds up, before any scale.
Simulator::Map Simulator::Sums(size_t i, const Map& input) const {
  const IntegerLayer& layer = graph_.layers[i];
  const Shape &in = graph_.shapes[layer.input], &out = graph_.shapes[i + 1];
  if (layer.op == IntegerOp::kConv)
    return fits_float_[i] ? Products<float>(i, input)
                          : Products<double>(i, input);
  Window window = layer.window;
  if (layer.op == IntegerOp::kSum) {
    window.kernel_h = in.height;
    window.kernel_w = in.width;
  }
  return Pool(window, in, out, layer.op == IntegerOp::kMaxPool, input);
}

std::vector<Simulator::Map> Simulator::RunImage(const uint8_t* pixels) const {
  std::vector<Map> values(graph_.shapes.size());
  const Shape& in = graph_.shapes[0];
  for (int64_t at = 0; at < in.size(); ++at) {
    const int c = at % in.channels;
    const uint8_t byte = pixels[c * in.height * in.width + at / in.channels];
    values[0].push_back(
        graph_.input_codes.empty() ? byte : graph_.input_codes[256 * c + byte]);
  }
  for (size_t i = 0; i < graph_.layers.size(); ++i)
    values[i + 1] = RunLayer(i, values);
  return values;
}

Simulator::Map Simulator::RunLayer(size_t i,
                                   const std::vector<Map>& values) const {
  const IntegerLayer& layer = graph_.layers[i];
  Map out = Sums(i, values[layer.input]);
  if (layer.op == IntegerOp::kMaxPool || layer.op == IntegerOp::kSum ||
      layer.output == Storage::kWide)
    return out;
  const Requantization& q = layer.requantization;
  const size_t channels = graph_.shapes[i + 1].channels;
  const bool wide =
      layer.residual >= 0 && graph_.storages[layer.residual] == Storage::kWide;
  for (size_t at = 0; at < out.size(); ++at) {
    const size_t c = at % channels;
    const long double multiplier = layer.op == IntegerOp::kRescale
                                       ? std::ldexp(q.input_multiplier, -24)
                                       : std::ldexp(q.multiplier[c], -32);
    const long double residual_multiplier =
        wide ? std::ldexp(q.wide_multiplier[c], -32)
             : std::ldexp(q.residual_multiplier, -24);
    const long double residual =
        layer.residual < 0 ? 0 : values[layer.residual][at];
    const long double steps =
        std::floor(out[at] * multiplier + residual * residual_multiplier +
                   std::ldexp(static_cast<long double>(q.offset[c]), -32));
    out[at] = layer.output == Storage::kU8
                  ? std::clamp<double>(steps, 0, kMaxCode)
                  : static_cast<double>(steps);
  }
  return out;
}

}  // namespace lockstep::quant
