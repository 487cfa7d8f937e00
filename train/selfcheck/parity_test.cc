#include "train/selfcheck/parity.h"

#include <ATen/core/Tensor.h>

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
  parity.name = "it";
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
  bool alone = true;
};

class Parity : public ::testing::TestWithParam<Shape> {};

TEST_P(Parity, RightRanksPass) {
  const Shape& shape = GetParam();
  ParityCase parity = CaseOf(shape.net, shape.type, shape.wire);
  parity.images = shape.images;
  parity.alone = shape.alone;
  RunRanks(shape.world_size, [&](Communicator& comm) {
    const ParityResult result = Checked(comm, parity);
    EXPECT_EQ(result.checks.size(),
              1 + parity.alone + (shape.wire != at::kDouble));
    for (const Check& check : result.checks)
      EXPECT_EQ(check.outcome, kPass) << CheckLines(check);
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
        Shape{"P3ResNetFp32", "resnet20", 3, at::kFloat, at::kFloat, 6, false},
        Shape{"P2ResNetBf16", "resnet20", 2, at::kFloat, at::kBFloat16, 6,
              false}),
    [](const auto& info) { return std::string(info.param.name); });

// The outcome of the check named `name`.
CheckOutcome OutcomeOf(const ParityResult& result, const std::string& name) {
  for (const Check& check : result.checks)
    if (check.name == name) return check.outcome;
  ADD_FAILURE() << "no check " << name;
  return kPass;
}

// What rank 1 of three, or all, do wrong, and whether bits differ then.
TEST(Parity, FaultsAreFound) {
  struct Case {
    Fault fault;
    bool everywhere;
    CheckOutcome bits;
  };
  for (const Case& c : std::vector<Case>{
           {Fault::kWrongElement, false, kFail},
           {Fault::kReorderedSum, false, kFail},
           // Equally wrong everywhere: only the gradients show it.
           {Fault::kReorderedSum, true, kPass},
           {Fault::kLostBroadcast, false, kFail}}) {
    for (const at::ScalarType wire : {at::kFloat, at::kBFloat16}) {
      RunRanks(3, [&](Communicator& comm) {
        const bool is_faulty = c.everywhere || comm.rank() == 1;
        FaultyCommunicator faulty(comm, is_faulty ? c.fault : Fault::kNone);
        const ParityResult result =
            Checked(faulty, CaseOf("lenet", at::kFloat, wire));
        EXPECT_EQ(OutcomeOf(result, "gradients it"), kFail);
        EXPECT_EQ(OutcomeOf(result, "bits it"), c.bits);
        EXPECT_THAT(result.checks[0].text, StartsWith("rank "));
        EXPECT_THAT(result.checks[0].text,
                    HasSubstr("with buckets of 1 and 20000 bytes; check"));
      });
    }
  }
}

// Without a comparison with one process, sums still show a wrong element.
TEST(Parity, AWrongSumIsFoundInFp32) {
  for (const char* net : {"lenet", "resnet20"}) {
    RunRanks(2, [&](Communicator& comm) {
      const Fault fault =
          comm.rank() == 1 ? Fault::kWrongElement : Fault::kNone;
      FaultyCommunicator faulty(comm, fault);
      ParityCase parity = CaseOf(net, at::kFloat, at::kFloat);
      parity.spec = WithoutBatchNorm(parity.spec);
      parity.alone = false;
      parity.images = 4;
      const ParityResult result = Checked(faulty, parity);
      EXPECT_EQ(OutcomeOf(result, "sums it"), kFail);
      EXPECT_EQ(OutcomeOf(result, "bits it"), kFail);
    });
  }
}

}  // namespace
}  // namespace lockstep
