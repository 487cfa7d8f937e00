#include "train/agreement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(AgreeOnInputs, AllWell) {
  RunRanks(3, [](Communicator& comm) {
    EXPECT_TRUE(AgreeOnInputs(comm, absl::OkStatus(), 100).ok());
  });
}

TEST(AgreeOnInputs, OneRankSpeaksAndAllExitAlike) {
  RunRanks(3, [](Communicator& comm) {
    const absl::Status mine =
        comm.rank() == 0 ? absl::OkStatus() : absl::NotFoundError("no file");
    const absl::Status verdict = AgreeOnInputs(comm, mine, 100);
    EXPECT_TRUE(absl::IsNotFound(verdict));
    EXPECT_EQ(verdict.message(), comm.rank() == 1 ? "no file" : "");
  });
}

TEST(AgreeOnInputs, OtherDataOnAHostIsNamed) {
  RunRanks(2, [](Communicator& comm) {
    const absl::Status verdict =
        AgreeOnInputs(comm, absl::OkStatus(), 100 - comm.rank());
    EXPECT_TRUE(absl::IsFailedPrecondition(verdict));
    if (comm.rank() == 1) {
      EXPECT_THAT(verdict.message(),
                  HasSubstr("has 99 training images, rank 0 has 100"));
    }
  });
}

}  // namespace
}  // namespace lockstep
