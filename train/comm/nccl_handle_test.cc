#include "train/comm/nccl_handle.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(CheckNcclVersion, MajorAndMinorMustAgree) {
  EXPECT_TRUE(CheckNcclVersion(22809, 22809).ok());
  EXPECT_TRUE(CheckNcclVersion(22809, 22803).ok());
  for (int library : {22709, 23000, 32809, 0})
    EXPECT_TRUE(absl::IsFailedPrecondition(CheckNcclVersion(22809, library)));
}

TEST(CheckNcclVersion, NamesBothVersions) {
  EXPECT_THAT(CheckNcclVersion(22809, 23001).message(),
              HasSubstr("nccl.h 2.28, but libnccl.so.2 is 2.30"));
}

}  // namespace
}  // namespace lockstep
