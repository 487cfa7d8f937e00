#include "quant/integer_kernel.h"

#include <algorithm>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/aligned.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

struct Size {
  size_t m, n, k;
};

// One block, many blocks, the smallest K, a deep K.
const Size kSizes[] = {{4, 4, 16}, {64, 12, 48}, {8, 8, 16}, {4, 20, 4608}};

// Fills `a` and `w` and compares every kernel with the plain sum.
template <typename A, typename W>
void ExpectPlainSum(const Size& size, A&& next_a, W&& next_w) {
  const auto [m, n, k] = size;
  AlignedBuffer<int16_t> a(m * k, kKernelAlignment);
  AlignedBuffer<int16_t> w(n * k, kKernelAlignment);
  std::generate_n(a.data(), m * k, next_a);
  std::generate_n(w.data(), n * k, next_w);
  std::vector<int32_t> expected(m * n);
  for (size_t p = 0; p < m; ++p)
    for (size_t c = 0; c < n; ++c)
      for (size_t i = 0; i < k; ++i)
        expected[p * n + c] += a.data()[p * k + i] * w.data()[c * k + i];
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.supported(ThisCpu())) continue;
    std::vector<int32_t> out(m * n, -1);
    kernel.product(a.data(), w.data(), m, n, k, out.data());
    EXPECT_EQ(out, expected) << kernel.name << " " << m << "x" << n << "x" << k;
  }
}

TEST(Kernels, EqualThePlainSum) {
  std::mt19937 random(1);
  for (const Size& size : kSizes)
    ExpectPlainSum(
        size, [&] { return random() % 256; },
        [&] { return int(random() % 255) - 127; });
}

// What saturates in 16-bit kernels.
TEST(Kernels, EqualThePlainSumAtTheExtremes) {
  for (const Size& size : kSizes) {
    ExpectPlainSum(
        size, [] { return 255; }, [] { return 127; });
    ExpectPlainSum(
        size, [] { return 255; }, [] { return -127; });
    bool odd = false;
    ExpectPlainSum(
        size, [] { return 255; }, [&] { return (odd = !odd) ? 127 : -127; });
  }
}

TEST(ChooseKernel, PicksTheFastestThatTheCpuHas) {
  EXPECT_STREQ((*ChooseKernel("auto", {false}))->name, "portable");
  EXPECT_STREQ((*ChooseKernel("auto", {true}))->name, "avx2");
  EXPECT_STREQ((*ChooseKernel("reference", {true}))->name, "reference");
}

TEST(ChooseKernel, RefusesWhatCannotRun) {
  const absl::Status missing = ChooseKernel("avx2", {false}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(missing));
  EXPECT_THAT(missing.message(), HasSubstr("cannot run --isa=avx2"));
  EXPECT_THAT(ChooseKernel("sse", {true}).status().message(),
              HasSubstr("expected one of auto, reference, portable, avx2"));
}

}  // namespace
}  // namespace lockstep::quant
