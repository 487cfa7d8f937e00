#include "analysis/measured_epochs.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;

Header SomeHeader() {
  Header header;
  header.set_measure_epoch(1);
  header.set_batch_size_per_rank(128);
  return header;
}

struct Case {
  const char* what;
  uint32_t epoch;
  bool warm_up, unfinished;
  uint32_t batch;
  bool measured;
};

TEST(MeasuredEpochs, OnlyWholeEpochsOfOneBatchCount) {
  for (const Case& c : {
           Case{"before measure_epoch", 0, false, false, 128, false},
           Case{"ordinary", 1, false, false, 128, true},
           Case{"a record without a batch an epoch", 1, false, false, 0, true},
           Case{"goes on after a stop", 3, true, false, 128, false},
           Case{"stopped by a signal", 3, false, true, 128, false},
           Case{"another batch by schedule", 3, false, false, 256, false},
       }) {
    Epoch epoch;
    epoch.set_epoch(c.epoch);
    epoch.set_warm_up(c.warm_up);
    epoch.set_unfinished(c.unfinished);
    epoch.set_batch_size_per_rank(c.batch);
    EXPECT_EQ(IsMeasured(epoch, SomeHeader()), c.measured) << c.what;
  }
}

TEST(MeasuredEpochs, BatchOfAnEpochIsTheHeadersUnlessItSaysSo) {
  Epoch epoch;
  EXPECT_EQ(BatchSizeOf(epoch, SomeHeader()), 128);
  epoch.set_batch_size_per_rank(256);
  EXPECT_EQ(BatchSizeOf(epoch, SomeHeader()), 256);
}

TEST(MeasuredEpochs, StepsFollowTheirEpoch) {
  std::vector<Record> records(4);
  *records[0].mutable_header() = SomeHeader();
  for (int i = 1; i < 4; ++i) records[i].mutable_epoch()->set_epoch(i);
  records[2].mutable_epoch()->set_unfinished(true);
  const std::set<uint32_t> epochs = MeasuredEpochs(records);
  EXPECT_THAT(epochs, ElementsAre(1, 3));
  Step step;
  for (const auto& [epoch, measured] :
       {std::pair{0, false}, {1, true}, {2, false}, {3, true}}) {
    step.set_epoch(epoch);
    EXPECT_EQ(IsMeasured(step, epochs), measured) << epoch;
  }
}

TEST(MeasuredEpochs, TheFirstStepOfARunHoldsTheSetUp) {
  Step step;
  EXPECT_FALSE(IsMeasured(step, {0}));
  step.set_step(1);
  EXPECT_TRUE(IsMeasured(step, {0}));
}

}  // namespace
}  // namespace lockstep::analysis
