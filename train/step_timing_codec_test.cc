#include "train/step_timing_codec.h"

#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

// Every moment has a value of its own, so that none can stand for another.
StepTiming SomeStep(int64_t first, int buckets) {
  StepTiming t{first,     first + 1, first + 2, first + 3, first + 4,
               first + 5, first + 6, first + 7, {}};
  for (int b = 0; b < buckets; ++b)
    t.buckets.push_back(
        {first + 10 * b, first + 10 * b + 3, first + 10 * b + 8});
  return t;
}

void ExpectSame(const StepTiming& a, const StepTiming& b) {
  EXPECT_EQ(a.begin_ns, b.begin_ns);
  EXPECT_EQ(a.data_ns, b.data_ns);
  EXPECT_EQ(a.h2d_ns, b.h2d_ns);
  EXPECT_EQ(a.forward_ns, b.forward_ns);
  EXPECT_EQ(a.backward_ns, b.backward_ns);
  EXPECT_EQ(a.comm_ns, b.comm_ns);
  EXPECT_EQ(a.optimizer_ns, b.optimizer_ns);
  EXPECT_EQ(a.end_ns, b.end_ns);
  ASSERT_EQ(a.buckets.size(), b.buckets.size());
  for (size_t i = 0; i < a.buckets.size(); ++i) {
    EXPECT_EQ(a.buckets[i].ready_ns, b.buckets[i].ready_ns);
    EXPECT_EQ(a.buckets[i].start_ns, b.buckets[i].start_ns);
    EXPECT_EQ(a.buckets[i].end_ns, b.buckets[i].end_ns);
  }
}

TEST(StepTimingCodec, StepsSurviveTheWire) {
  const std::vector<std::vector<StepTiming>> cases = {
      {},
      {SomeStep(5, 0)},
      {SomeStep(0, 1), SomeStep(100, 3)},
      {SomeStep(INT64_MAX - 100, 2), SomeStep(-7, 0)}};
  for (const auto& steps : cases) {
    const auto back = DecodeTimings(EncodeTimings(steps));
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(back->size(), steps.size());
    for (size_t i = 0; i < steps.size(); ++i) ExpectSame((*back)[i], steps[i]);
  }
}

TEST(StepTimingCodec, CutBytesAreRefused) {
  const std::string whole = EncodeTimings({SomeStep(0, 1), SomeStep(9, 2)});
  for (size_t length : {size_t{8}, size_t{64}, size_t{72}, whole.size() - 8})
    EXPECT_TRUE(
        absl::IsInternal(DecodeTimings(whole.substr(0, length)).status()))
        << length;
}

TEST(StepTimingCodec, ImpossibleBucketCountsAreRefused) {
  for (const int64_t count : {int64_t{-1}, int64_t{2}, INT64_MAX}) {
    std::string bytes = EncodeTimings({SomeStep(0, 1)});
    std::memcpy(&bytes[8 * sizeof(int64_t)], &count, sizeof(count));
    EXPECT_TRUE(absl::IsInternal(DecodeTimings(bytes).status())) << count;
  }
}

}  // namespace
}  // namespace lockstep
