// What every communicator must do, as one test suite. A communicator's test
// links this library and says which it tests:
//
//   INSTANTIATE_TEST_SUITE_P(Gloo, CommunicatorConformance,
//                            ::testing::ValuesIn(ConformanceCases(GlooRanks)));

#ifndef LOCKSTEP_TRAIN_COMM_COMMUNICATOR_CONFORMANCE_H_
#define LOCKSTEP_TRAIN_COMM_COMMUNICATOR_CONFORMANCE_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {

struct ConformanceCase {
  RankFactory ranks;
  int world_size = 1;
  std::string why_not = "";  // why this machine cannot run it; "" if it can
};

inline void PrintTo(const ConformanceCase& c, std::ostream* out) {
  *out << c.world_size << (c.world_size == 1 ? " rank" : " ranks");
}

// 1, 2, 3, 4 and 7 ranks: no peer, a pair, odd, a power of two, a prime.
// `why_not` says, per world size, why this machine cannot run it.
std::vector<ConformanceCase> ConformanceCases(
    RankFactory ranks,
    const std::function<std::string(int world_size)>& why_not = nullptr);

class CommunicatorConformance
    : public ::testing::TestWithParam<ConformanceCase> {
 protected:
  void SetUp() override {
    if (!GetParam().why_not.empty()) GTEST_SKIP() << GetParam().why_not;
  }
  int world_size() const { return GetParam().world_size; }
  // Calls `body` once a rank, in threads.
  void Run(const std::function<void(Communicator&)>& body) const {
    RunRanks(world_size(), GetParam().ranks(world_size()), body);
  }
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_COMMUNICATOR_CONFORMANCE_H_
