#include "train/selfcheck/parity.h"

#include <ATen/ATen.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"
#include "train/selfcheck/faulty_communicator.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kPass = CheckOutcome::kPass, kFail = CheckOutcome::kFail;

ParityCase CaseOf(const char* net, at::ScalarType type, at::ScalarType wire) {
  ParityCase parity;
  parity.name = "gradients";
  parity.spec = *MakeNetSpec(net);
  parity.type = type;
  parity.wire = wire;
  parity.caps = {{1, 20000}};
  return parity;
}

ParityResult Checked(Communicator& comm, const ParityCase& parity) {
  auto result = CheckParity(comm, parity, [] {});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(ParityResult());
}

struct Shape {
  const char* name;
  const char* net;
  int world_size;
  at::ScalarType type, wire;
  int images = 12;
};

class Parity : public ::testing::TestWithParam<Shape> {};

TEST_P(Parity, RightRanksPass) {
  const Shape& shape = GetParam();
  ParityCase parity = CaseOf(shape.net, shape.type, shape.wire);
  parity.images = shape.images;
  RunRanks(shape.world_size, [&](Communicator& comm) {
    const ParityResult result = Checked(comm, parity);
    EXPECT_EQ(result.gradients.outcome, kPass) << result.gradients.text;
    EXPECT_EQ(result.bits.outcome, kPass) << result.bits.text;
    if (comm.rank() == 0)
      std::printf("%s", CheckLines(result.gradients).c_str());
    EXPECT_FALSE(result.plan.empty());
  });
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Parity,
    ::testing::Values(
        Shape{"P1", "lenet", 1, at::kDouble, at::kDouble},
        Shape{"P2", "lenet", 2, at::kDouble, at::kDouble},
        Shape{"P3", "lenet", 3, at::kFloat, at::kFloat},
        Shape{"P5Bf16", "lenet", 5, at::kFloat, at::kBFloat16},
        Shape{"P2Fp16", "lenet", 2, at::kFloat, at::kHalf},
        Shape{"P1Bf16", "lenet", 1, at::kFloat, at::kBFloat16},
        Shape{"P3ResNet", "resnet20", 3, at::kDouble, at::kDouble, 6},
        Shape{"P3ResNetFp32", "resnet20", 3, at::kFloat, at::kFloat, 6},
        Shape{"P2ResNetBf16", "resnet20", 2, at::kFloat, at::kBFloat16, 6}),
    [](const auto& info) { return std::string(info.param.name); });

// What one rank of three does wrong, and which of the two checks fail.
TEST(Parity, FaultsAreFound) {
  struct Case {
    Fault fault;
    bool everywhere;  // else on rank 1 only
    CheckOutcome gradients, bits;
  };
  for (const Case& c : std::vector<Case>{
           {Fault::kWrongElement, false, kFail, kFail},
           {Fault::kReorderedSum, false, kFail, kFail},
           // Equally wrong: only the comparison with one process shows it.
           {Fault::kReorderedSum, true, kFail, kPass},
           {Fault::kLostBroadcast, false, kFail, kFail}}) {
    for (const at::ScalarType wire : {at::kFloat, at::kBFloat16}) {
      RunRanks(3, [&](Communicator& comm) {
        const bool is_faulty = c.everywhere || comm.rank() == 1;
        FaultyCommunicator faulty(comm, is_faulty ? c.fault : Fault::kNone);
        const ParityResult result =
            Checked(faulty, CaseOf("lenet", at::kFloat, wire));
        EXPECT_EQ(result.gradients.outcome, c.gradients)
            << result.gradients.text;
        EXPECT_EQ(result.bits.outcome, c.bits) << result.bits.text;
        EXPECT_THAT(result.gradients.text,
                    HasSubstr("with buckets of 1 and 20000 bytes"));
        EXPECT_THAT(result.gradients.text, StartsWith("rank "));
      });
    }
  }
}

}  // namespace
}  // namespace lockstep
