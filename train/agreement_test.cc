#include "train/agreement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(AgreeOnInputs, AllWell) {
  RunRanks(3, [](Communicator& comm) {
    EXPECT_TRUE(AgreeOnInputs(comm, absl::OkStatus(), {100, {}}).ok());
  });
}

TEST(AgreeOnInputs, OneRankSpeaksAndAllExitAlike) {
  RunRanks(3, [](Communicator& comm) {
    const absl::Status mine =
        comm.rank() == 0 ? absl::OkStatus() : absl::NotFoundError("no file");
    const absl::Status verdict = AgreeOnInputs(comm, mine, {100, {}});
    EXPECT_TRUE(absl::IsNotFound(verdict));
    EXPECT_EQ(verdict.message(), comm.rank() == 1 ? "no file" : "");
  });
}

TEST(AgreeOnInputs, OtherDataOnAHostIsNamed) {
  RunRanks(2, [](Communicator& comm) {
    const absl::Status verdict =
        AgreeOnInputs(comm, absl::OkStatus(), {100 - comm.rank(), {}});
    EXPECT_TRUE(absl::IsFailedPrecondition(verdict));
    if (comm.rank() == 1) {
      EXPECT_THAT(verdict.message(),
                  HasSubstr("has 99 training images, rank 0 has 100"));
    }
  });
}

TEST(AgreeOnInputs, AnotherFlagOnARankIsNamed) {
  RunRanks(3, [](Communicator& comm) {
    const std::map<std::string, std::string> flags = {
        {"lr", comm.rank() == 2 ? "0.2" : "0.1"},
        {"threads", std::to_string(comm.rank())}};  // may differ
    const absl::Status verdict =
        AgreeOnInputs(comm, absl::OkStatus(), {100, flags});
    EXPECT_TRUE(absl::IsFailedPrecondition(verdict));
    EXPECT_THAT(
        verdict.message(),
        HasSubstr(comm.rank() == 2 ? "has --lr=0.2, rank 0 has --lr=0.1" : ""));
  });
}

TEST(AgreeOnStatus, BadInputEndsAllAlikeAFailureIsItsRanks) {
  RunRanks(2, [](Communicator& comm) {
    const bool bad = comm.rank() == 1;
    EXPECT_TRUE(AgreeOnStatus(comm, absl::OkStatus()).ok());
    const absl::Status input = AgreeOnStatus(
        comm, bad ? absl::DataLossError("torn") : absl::OkStatus());
    EXPECT_TRUE(absl::IsDataLoss(input));
    EXPECT_EQ(input.message(), bad ? "torn" : "");
    const absl::Status failure = AgreeOnStatus(
        comm, bad ? absl::InternalError("disk full") : absl::OkStatus());
    EXPECT_EQ(failure.code(), bad ? absl::StatusCode::kInternal
                                  : absl::StatusCode::kUnavailable);
  });
}

}  // namespace
}  // namespace lockstep
