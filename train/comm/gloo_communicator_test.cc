#include "train/comm/gloo_communicator.h"

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "gtest/gtest.h"
#include "train/comm/communicator_conformance.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

INSTANTIATE_TEST_SUITE_P(Gloo, CommunicatorConformance,
                         ::testing::ValuesIn(ConformanceCases(GlooRanks)));

TEST(Gloo, AnInterfaceThatDoesNotExistIsUnavailable) {
  GlooOptions options;
  options.interface = "no-such-interface";
  const auto communicator = MakeGlooCommunicator({}, options);
  EXPECT_TRUE(absl::IsUnavailable(communicator.status()));
}

}  // namespace
}  // namespace lockstep
