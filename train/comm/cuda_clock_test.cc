#include "train/comm/cuda_clock.h"

#include <iostream>

#include "gtest/gtest.h"
#include "train/comm/torch_cuda.h"
#include "train/step_timing.h"

namespace lockstep {
namespace {

class CudaClockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (VisibleGpus() > 0) return;
    std::cout << "\nSKIPPED: no GPU\n";
    GTEST_SKIP() << "no GPU";
  }
};

TEST_F(CudaClockTest, EventsLieBetweenTheHostsReadings) {
  const auto events = CudaEventPool::Make();
  const auto clock = CudaClock::Make(events);
  ASSERT_TRUE(clock.ok()) << clock.status();
  for (int i = 0; i < 3; ++i) {
    const auto base = (*clock)->base();
    const int64_t before_ns = SteadyNanoseconds();
    const auto event = events->Record(nullptr);
    ASSERT_TRUE(event.ok()) << event.status();
    ASSERT_EQ(cudaEventSynchronize(event->get()), cudaSuccess);
    const int64_t after_ns = SteadyNanoseconds();
    // The documented resolution, and drift.
    const int64_t error_ns = base->error_ns + 2000;
    EXPECT_GE(HostNanoseconds(*base, *event), before_ns - error_ns);
    EXPECT_LE(HostNanoseconds(*base, *event), after_ns + error_ns);
    ASSERT_EQ((*clock)->Refresh(), absl::OkStatus());
  }
}

TEST_F(CudaClockTest, EventsAreReused) {
  const auto events = CudaEventPool::Make();
  const void* first = events->Take()->get();
  EXPECT_EQ(events->Take()->get(), first);
}

}  // namespace
}  // namespace lockstep
