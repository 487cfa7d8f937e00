#include "train/comm/nccl_id.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr auto kPlenty = std::chrono::seconds(40);
constexpr auto kShort = std::chrono::milliseconds(100);

// A member asks only the store, so this needs no GPU.
TEST(ShareNcclId, MembersGetTheIdOfRank0) {
  c10d::HashStore store;
  std::vector<uint8_t> bytes(sizeof(ncclUniqueId));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = 3 * i;
  store.set("nccl_id", bytes);
  const auto id = ShareNcclId(&store, 1, 2, kPlenty);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(std::memcmp(&*id, bytes.data(), bytes.size()), 0);
}

TEST(ShareNcclId, AnIdOfAnotherBuildIsRefused) {
  for (const size_t size : {size_t{0}, size_t{7}, 2 * sizeof(ncclUniqueId)}) {
    c10d::HashStore store;
    store.set("nccl_id", std::vector<uint8_t>(size));
    const absl::Status status = ShareNcclId(&store, 1, 2, kPlenty).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(status.message(), HasSubstr("one build on all ranks"));
  }
}

TEST(ShareNcclId, NobodyWaitsForEver) {
  c10d::HashStore store;
  const absl::Status status = ShareNcclId(&store, 1, 2, kShort).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(status.message(), HasSubstr("no NCCL id from rank 0"));
}

}  // namespace
}  // namespace lockstep
