#include "analysis/bucket_times.h"

#include "analysis/testing_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;

// Rank 0 starts the first bucket 4 ms before rank 1.
SyntheticRun TwoRanks() {
  SyntheticRun run;
  run.mechanism = DDP;
  run.world_size = 2;
  run.peer_wait_s = 0.004;
  return run;
}

TEST(BucketTimes, TransferAndSkewOfEachBucketAndMeasuredStep) {
  for (const int64_t offset : {int64_t{0}, int64_t{-86400} * 1000000000}) {
    SyntheticRun run = TwoRanks();
    run.clock_offset_ns = offset;
    const auto buckets = TimesOfBuckets(RecordsOf(run));
    ASSERT_EQ(buckets.size(), 2);
    EXPECT_EQ(buckets[1].bucket, 1);
    EXPECT_EQ(buckets[1].bytes, run.second_bucket_bytes);
    EXPECT_EQ(buckets[0].transfer_s.size(), 10);  // epoch 1 only
    EXPECT_THAT(buckets[0].transfer_s, Each(DoubleNear(0.002, 1e-9)));
    EXPECT_THAT(buckets[1].transfer_s, Each(DoubleNear(0.004, 1e-9)));
    EXPECT_EQ(buckets[0].start_skew_s.size(), 10);
    EXPECT_THAT(buckets[0].start_skew_s, Each(DoubleNear(0.004, 1e-9)));
    EXPECT_THAT(buckets[1].start_skew_s, Each(0));
    EXPECT_EQ(buckets[0].contradiction_s, 0);
  }
}

TEST(BucketTimes, StepsOfAnUnfinishedEpochDoNotCount) {
  std::vector<Record> records = RecordsOf(TwoRanks());
  for (Record& record : records)
    if (record.has_epoch()) record.mutable_epoch()->set_unfinished(true);
  EXPECT_TRUE(TimesOfBuckets(records).empty());
}

TEST(BucketTimes, OnlyStepsOfTheLastPlanCount) {
  SyntheticRun run = TwoRanks();
  std::vector<Record> records = RecordsOf(run);
  Record plan;
  plan.mutable_bucket_plan()->set_first_step(15);  // epoch 1 is 10 .. 19
  plan.mutable_bucket_plan()->add_buckets()->set_bytes(77);
  records.insert(records.begin() + 2, plan);
  const auto buckets = TimesOfBuckets(records);
  ASSERT_EQ(buckets.size(), 2);
  EXPECT_EQ(buckets[0].bytes, 77);
  EXPECT_EQ(buckets[1].bytes, 0);  // not in that plan
  EXPECT_EQ(buckets[0].transfer_s.size(), 5);
}

TEST(BucketTimes, FirstStepOfTheRunNeverCounts) {
  SyntheticRun run = TwoRanks();
  run.measure_epoch = 0;
  EXPECT_EQ(TimesOfBuckets(RecordsOf(run))[0].transfer_s.size(), 19);
}

TEST(BucketTimes, ClocksThatCannotBeComparedGiveNoSkew) {
  SyntheticRun run = TwoRanks();
  run.many_hosts = true;
  const auto buckets = TimesOfBuckets(RecordsOf(run));
  ASSERT_EQ(buckets.size(), 2);
  EXPECT_EQ(buckets[0].transfer_s.size(), 10);
  EXPECT_TRUE(buckets[0].start_skew_s.empty());
}

// The record says that rank 1's clock is right, but it is 10 ms ahead: there
// rank 1 begins the first bucket 8 ms after rank 0 had its sum, and the second
// 6 ms after.
TEST(BucketTimes, ContradictionOfTheClocksIsFound) {
  SyntheticRun run = TwoRanks();
  run.clock_offset_ns = 10000000;
  std::vector<Record> records = RecordsOf(run);
  records[0].mutable_header()->mutable_ranks(1)->set_clock_offset_ns(0);
  const auto buckets = TimesOfBuckets(records);
  EXPECT_NEAR(buckets[0].contradiction_s, 0.008, 1e-9);
  EXPECT_NEAR(buckets[1].contradiction_s, 0.006, 1e-9);
}

TEST(BucketTimes, HostileNumbersDoNotCrash) {
  for (const int64_t bad : {INT64_MIN, INT64_MAX}) {
    std::vector<Record> records = RecordsOf(TwoRanks());
    for (Record& record : records)
      if (record.has_step())
        record.mutable_step()->mutable_ranks(1)->set_begin_ns(bad);
    records[0].mutable_header()->mutable_ranks(1)->set_clock_offset_ns(bad /
                                                                       -2);
    EXPECT_EQ(TimesOfBuckets(records).size(), 2);
    for (Record& record : records)
      if (record.has_step())
        record.mutable_step()->mutable_ranks(1)->set_rank(9);
    EXPECT_TRUE(TimesOfBuckets(records)[0].start_skew_s.empty());
  }
}

TEST(BucketTimes, OneRankHasNone) {
  EXPECT_TRUE(TimesOfBuckets(RecordsOf(SyntheticRun())).empty());
}

}  // namespace
}  // namespace lockstep::analysis
