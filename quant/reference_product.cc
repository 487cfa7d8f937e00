#include "quant/reference_product.h"

#include "Eigen/Core"

namespace lockstep::quant {
namespace {

template <typename T>
using RowMajor =
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

void ReferenceProduct(const int16_t* a, const int16_t* w, size_t m, size_t n,
                      size_t k, int32_t* out) {
  const Eigen::Map<const RowMajor<int16_t>> rows(a, m, k), channels(w, n, k);
  Eigen::Map<RowMajor<int32_t>>(out, m, n) =
      rows.cast<int32_t>() * channels.cast<int32_t>().transpose();
}

}  // namespace lockstep::quant
