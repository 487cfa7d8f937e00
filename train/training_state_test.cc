#include "train/training_state.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

void ExpectSameTensors(const std::vector<NamedTensor>& a,
                       const std::vector<NamedTensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
}

// Another memory format, the same numbers.
TEST(TrainingState, ParametersComeBackBitForBit) {
  Net from(*MakeNetSpec("resnet20"), {1, true}), to(from.spec(), {2, false});
  ASSERT_TRUE(SetBytes(BytesOf(from.parameters()), to.parameters()).ok());
  ExpectSameTensors(from.parameters(), to.parameters());
}

TEST(TrainingState, AMissingOrOtherTensorIsNamedAndNothingChanges) {
  Net net(*MakeNetSpec("lenet"), {1, true});
  TensorBytes bytes = BytesOf(net.parameters());
  Net same(net.spec(), {1, true});
  bytes["fc3.bias"].pop_back();
  bytes["conv1.bias"] = std::string(6 * 4, 'x');
  EXPECT_THAT(SetBytes(bytes, net.parameters()).message(),
              HasSubstr("fc3.bias has another size"));
  bytes.erase("fc3.bias");
  EXPECT_THAT(SetBytes(bytes, net.parameters()).message(),
              HasSubstr("fc3.bias is missing"));
  ExpectSameTensors(net.parameters(), same.parameters());
}

TEST(TrainingState, ARanksOwnStateComesBack) {
  Net net(*MakeNetSpec("resnet20"), {1, true});
  at::Tensor(net.buffers()[3].tensor).fill_(0.3);
  const std::string state = RankState(net.buffers(), {1.5, 7, 20});
  Net other(net.spec(), {2, true});
  Score score;
  ASSERT_TRUE(SetRankState(state, other.buffers(), score).ok());
  ExpectSameTensors(net.buffers(), other.buffers());
  EXPECT_EQ(score.loss_sum, 1.5);
  EXPECT_EQ(ScoreIn(state)->images, 20);
  Net lenet(*MakeNetSpec("lenet"), {1, true});
  EXPECT_TRUE(absl::IsDataLoss(SetRankState(state, lenet.buffers(), score)));
  EXPECT_TRUE(absl::IsDataLoss(ScoreIn("short").status()));
}

TEST(TrainingState, AllRanksGetTheTensorsOfRank0) {
  RunRanks(3, [](Communicator& comm) {
    Net net(*MakeNetSpec("resnet20"), {0u + comm.rank(), true});
    ASSERT_TRUE(BroadcastTensors(comm, net.parameters()).ok());
    ExpectSameTensors(net.parameters(),
                      Net(net.spec(), {0, true}).parameters());
  });
}

}  // namespace
}  // namespace lockstep
