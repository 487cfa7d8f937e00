#include "train/comm_baseline.h"

#include <ATen/core/Tensor.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a test does to a reduction of the real communicator.
struct Fault {
  int64_t duration_ns = 0;  // 0: as it was
  int64_t add_at = -1;      // element that gets 1 too much
  bool not_a_number = false;
};

class FaultyReduce : public PendingReduce {
 public:
  FaultyReduce(std::unique_ptr<PendingReduce> real, at::Tensor tensor,
               Fault fault)
      : real_(std::move(real)), tensor_(std::move(tensor)), fault_(fault) {}
  absl::Status Wait() override {
    const absl::Status status = real_->Wait();
    if (fault_.add_at >= 0) tensor_[fault_.add_at] += 1;
    if (fault_.not_a_number) tensor_[0] = std::nan("");
    return status;
  }
  BucketInterval Times() override {
    if (fault_.duration_ns == 0) return real_->Times();
    return {1000, 2000, 2000 + fault_.duration_ns};
  }

 private:
  const std::unique_ptr<PendingReduce> real_;
  const at::Tensor tensor_;
  const Fault fault_;
};

// Real Gloo whose i-th reduction suffers faults[i]; none beyond the last.
class FaultyCommunicator : public Communicator {
 public:
  FaultyCommunicator(Communicator& real, std::vector<Fault> faults)
      : real_(real), faults_(std::move(faults)) {}
  int rank() const override { return real_.rank(); }
  int world_size() const override { return real_.world_size(); }
  std::string name() const override { return real_.name(); }
  std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) override {
    const Fault fault = next_ < faults_.size() ? faults_[next_] : Fault();
    ++next_;
    return std::make_unique<FaultyReduce>(real_.AllReduceSum(tensor), tensor,
                                          fault);
  }
  absl::Status Broadcast(at::Tensor tensor, int root) override {
    return real_.Broadcast(tensor, root);
  }
  absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) override {
    return real_.AllGather(bytes);
  }
  absl::Status Barrier() override { return real_.Barrier(); }

 private:
  Communicator& real_;
  const std::vector<Fault> faults_;
  size_t next_ = 0;
};

std::vector<BaselineRow> Measured(Communicator& comm,
                                  const std::vector<int64_t>& bytes,
                                  at::ScalarType type = at::kFloat,
                                  BaselineOptions options = {1, 3}) {
  auto rows = MeasureCommBaseline(comm, bytes, type, at::kCPU, options);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.value_or(std::vector<BaselineRow>());
}

TEST(CommBaseline, EverySizeTypeAndWorldSizeAddsExactly) {
  struct Case {
    at::ScalarType type;
    const char* name;
    int64_t element_bytes;
  };
  for (const Case& c : std::vector<Case>{{at::kFloat, "float", 4},
                                         {at::kDouble, "double", 8},
                                         {at::kHalf, "half", 2},
                                         {at::kBFloat16, "bfloat16", 2}}) {
    for (const int world_size : {1, 2, 3, 5}) {
      RunRanks(world_size, [&](Communicator& comm) {
        const auto rows = Measured(comm, {8, 5000 * 8}, c.type);
        ASSERT_EQ(rows.size(), 2);
        EXPECT_EQ(rows[1].type, c.name);
        EXPECT_EQ(rows[1].elements, 5000 * 8 / c.element_bytes);
        for (const BaselineRow& row : rows) {
          EXPECT_EQ(row.wrong, 0) << c.name << " on " << world_size;
          EXPECT_EQ(row.times_us.size(), 3);
          EXPECT_LE(row.time_min_us, row.time_median_us);
          EXPECT_EQ(row.busbw_gb_per_s > 0, world_size > 1);
        }
      });
    }
  }
}

// Two ranks are late in turns; the warm-up takes longest and does not count.
TEST(CommBaseline, TimeIsTheMinimumOverRanksOfEachRepeat) {
  const std::vector<std::vector<int64_t>> durations = {
      {9000000, 5000, 1000, 9000}, {9000000, 2000, 7000, 9000}};
  RunRanks(2, [&](Communicator& comm) {
    std::vector<Fault> faults;
    for (const int64_t ns : durations[comm.rank()]) faults.push_back({ns});
    FaultyCommunicator programmed(comm, faults);
    const auto rows = Measured(programmed, {4000});
    ASSERT_EQ(rows.size(), 1);
    EXPECT_THAT(rows[0].times_us, ElementsAre(2, 1, 9));
    EXPECT_EQ(rows[0].time_median_us, 2);
    EXPECT_EQ(rows[0].algbw_gb_per_s, 2);
    EXPECT_EQ(rows[0].busbw_gb_per_s, 2);
  });
}

// One rank sees it; all ranks hear of it.
TEST(CommBaseline, WrongElementsAreCounted) {
  struct Case {
    std::vector<Fault> faults;  // of rank 1's reductions
    int64_t wrong;
  };
  Fault off_by_one, not_a_number;
  off_by_one.add_at = 700;
  not_a_number.not_a_number = true;
  for (const Case& c : std::vector<Case>{
           {{}, 0},
           {{off_by_one}, 1},  // in the warm-up
           {{{}, {}, {}, off_by_one}, 1},
           {{off_by_one, not_a_number, off_by_one, off_by_one}, 4}}) {
    RunRanks(2, [&](Communicator& comm) {
      FaultyCommunicator faulty(
          comm, comm.rank() == 1 ? c.faults : std::vector<Fault>());
      const auto rows = Measured(faulty, {4000});
      ASSERT_EQ(rows.size(), 1);
      EXPECT_EQ(rows[0].wrong, c.wrong);
      EXPECT_EQ(CheckBaseline(rows).ok(), c.wrong == 0);
    });
  }
}

TEST(CommBaseline, BadArgumentsAreNamed) {
  struct Case {
    std::vector<int64_t> bytes;
    at::ScalarType type;
    BaselineOptions options;
    const char* words;
  };
  RunRanks(1, [&](Communicator& comm) {
    for (const Case& c :
         std::vector<Case>{{{8, 6}, at::kFloat, {}, "6 bytes"},
                           {{0}, at::kFloat, {}, "0 bytes"},
                           {{-4}, at::kFloat, {}, "-4 bytes"},
                           {{8}, at::kLong, {}, "Long"},
                           {{8}, at::kFloat, {2, 0}, "0 repeats"},
                           {{8}, at::kFloat, {-1, 1}, "-1 warm-ups"}}) {
      const auto rows =
          MeasureCommBaseline(comm, c.bytes, c.type, at::kCPU, c.options);
      EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(rows.status().message()), HasSubstr(c.words));
    }
  });
}

TEST(CommBaseline, OtherOptionsOnOneRankAreNoCrash) {
  RunRanks(2, [&](Communicator& comm) {
    // Rank 1 reduces as often, but times one repeat less.
    const BaselineOptions options =
        comm.rank() == 0 ? BaselineOptions{1, 3} : BaselineOptions{2, 2};
    const auto rows =
        MeasureCommBaseline(comm, {8}, at::kFloat, at::kCPU, options);
    EXPECT_THAT(std::string(rows.status().message()), HasSubstr("same flags"));
  });
}

}  // namespace
}  // namespace lockstep
