// The reference of the integer matrix product: Eigen, as plain as it gets.

#ifndef LOCKSTEP_QUANT_REFERENCE_PRODUCT_H_
#define LOCKSTEP_QUANT_REFERENCE_PRODUCT_H_

#include <cstddef>
#include <cstdint>

namespace lockstep::quant {

// out[p][c] = sum over i of a[p][i] * w[c][i]; a is [m][k], w is [n][k], out is
// [m][n]. Elements of `a` are u8 and those of `w` s8 in range, widened; the
// true sum and every partial sum fit int32 (integer_graph.h), so the result is
// exact.
void ReferenceProduct(const int16_t* a, const int16_t* w, size_t m, size_t n,
                      size_t k, int32_t* out);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REFERENCE_PRODUCT_H_
