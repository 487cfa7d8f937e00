#include "analysis/measurement.h"

#include <cmath>

#include "analysis/testing_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

SyntheticRun TwoRanks() {
  SyntheticRun run;
  run.mechanism = DDP;
  run.world_size = 2;
  return run;
}

TEST(Measurement, WarmUpEpochDoesNotCount) {
  const SyntheticRun run = TwoRanks();
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->steps_per_epoch, 10);
  EXPECT_EQ(measured->images_per_epoch, 2000);
  EXPECT_NEAR(measured->epoch_s, 10 * StepOf(run), 1e-12);
  EXPECT_EQ(measured->step_s.size(), 10);
  EXPECT_EQ(measured->sampled.size(), 10);
}

TEST(Measurement, AllEpochsFromTheMeasuredOneCount) {
  SyntheticRun run = TwoRanks();
  run.epochs = 4;
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->step_s.size(), 30);
  EXPECT_NEAR(measured->epoch_s, 10 * StepOf(run), 1e-12);
  EXPECT_NEAR(measured->parts.total, StepOf(run), 1e-12);
}

// An epoch that was stopped, one that went on, one of another batch: 1, 2 and 3
// of 0 to 4. Their steps are longer, to show if they count.
TEST(Measurement, OnlyWholeEpochsOfTheHeadersBatchCount) {
  SyntheticRun run = TwoRanks();
  run.epochs = 5;
  std::vector<Record> records = RecordsOf(run);
  for (Record& record : records) {
    if (record.has_epoch()) {
      Epoch& epoch = *record.mutable_epoch();
      epoch.set_unfinished(epoch.epoch() == 1);
      epoch.set_warm_up(epoch.epoch() == 2 || epoch.warm_up());
      epoch.set_batch_size_per_rank(epoch.epoch() == 3 ? 200 : 100);
      if (epoch.epoch() < 4) epoch.mutable_step_time_s()->Set(0, 9);
    } else if (record.has_step() && record.step().epoch() < 4) {
      record.mutable_step()->mutable_ranks(0)->set_total_s(9);
    }
  }
  const auto measured = Measure(records);
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->step_s.size(), 10);
  EXPECT_EQ(measured->sampled.size(), 10);
  for (const double step_s : measured->step_s) EXPECT_LT(step_s, 1);
  for (const StepParts& parts : measured->sampled) EXPECT_LT(parts.total, 1);
}

TEST(Measurement, TheWayToTheDeviceIsNoRest) {
  SyntheticRun run = TwoRanks();
  run.host_to_device_s = 0.003;
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  for (const StepParts& parts : {measured->parts, measured->sampled[0]}) {
    EXPECT_NEAR(parts.host_to_device, 0.003, 1e-9);
    EXPECT_NEAR(parts.Other(), run.other_s, 1e-9);
  }
}

TEST(Measurement, PartsAreMediansOverRanks) {
  SyntheticRun run = TwoRanks();
  run.peer_wait_s = 0.004;  // of rank 0 only: the median of two is half
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  const double service = ServiceOf(run, run.first_bucket_bytes) +
                         ServiceOf(run, run.second_bucket_bytes);
  const StepParts& parts = measured->parts;
  EXPECT_NEAR(parts.Compute(), run.forward_s + run.backward_s, 1e-12);
  EXPECT_NEAR(parts.exposed, ServiceOf(run, run.second_bucket_bytes), 1e-12);
  EXPECT_NEAR(parts.Other(), run.other_s, 1e-12);
  EXPECT_NEAR(parts.transfer, service, 1e-12);  // without the waiting
  EXPECT_NEAR(parts.busy, service + 0.002, 1e-12);
  EXPECT_NEAR(parts.peer_wait, 0.002, 1e-12);
}

TEST(Measurement, SampledStepsTellTheSameAsTheSums) {
  SyntheticRun run = TwoRanks();
  run.peer_wait_s = 0.004;
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  const StepParts& step = measured->sampled[0];
  const StepParts& exact = measured->parts;
  EXPECT_NEAR(step.total, exact.total, 1e-9);
  EXPECT_NEAR(step.exposed, exact.exposed, 1e-9);
  EXPECT_NEAR(step.busy, exact.busy, 1e-8);  // whole nanoseconds
  EXPECT_NEAR(step.peer_wait, exact.peer_wait, 1e-8);
  EXPECT_NEAR(step.transfer, exact.transfer, 1e-8);
}

TEST(Measurement, FirstStepOfTheRunNeverCounts) {
  SyntheticRun run = TwoRanks();
  run.measure_epoch = 0;
  run.epochs = 1;
  run.peer_wait_s = 0.004;
  const auto measured = Measure(RecordsOf(run));
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->steps_per_epoch, 10);
  EXPECT_EQ(measured->step_s.size(), 9);
  EXPECT_EQ(measured->sampled.size(), 9);
  // The epoch is that of 10 ordinary steps, not of 9 and the set-up.
  EXPECT_NEAR(measured->epoch_s, 10 * StepOf(run), 1e-12);
  EXPECT_NEAR(measured->parts.total, StepOf(run), 1e-12);
  EXPECT_NEAR(measured->parts.peer_wait, 0.002, 1e-8);
  EXPECT_NEAR(measured->parts.transfer,
              ServiceOf(run, run.first_bucket_bytes) +
                  ServiceOf(run, run.second_bucket_bytes),
              1e-8);
}

TEST(Measurement, FirstStepThatWasNotRecordedCannotBeTakenOut) {
  SyntheticRun run = TwoRanks();
  run.measure_epoch = 0;
  std::vector<Record> records = RecordsOf(run);
  records.erase(records.begin() + 2);  // after the header and the plan
  EXPECT_THAT(std::string(Measure(records).status().message()),
              HasSubstr("measure epoch 1"));
}

TEST(Measurement, MissingEpochIsNamed) {
  SyntheticRun run = TwoRanks();
  run.measure_epoch = 7;
  EXPECT_THAT(std::string(Measure(RecordsOf(run)).status().message()),
              HasSubstr("epoch 7"));
}

TEST(Measurement, WhatIsNoTimeIsRefused) {
  for (const double bad : {-1.0, std::nan(""), HUGE_VAL}) {
    std::vector<Record> records = RecordsOf(TwoRanks());
    Epoch& epoch = *records[records.size() - 2].mutable_epoch();
    epoch.mutable_ranks(1)->set_backward_s(bad);
    EXPECT_THAT(std::string(Measure(records).status().message()),
                HasSubstr("not a number"));
  }
}

}  // namespace
}  // namespace lockstep::analysis
