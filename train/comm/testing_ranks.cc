#include "train/comm/testing_ranks.h"

#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "gtest/gtest.h"
#include "train/comm/gloo_communicator.h"
#include "train/comm/in_process_communicator.h"

namespace lockstep {
namespace {

// Longer than any collective of a test on a busy machine, shorter than a test.
constexpr auto kTimeout = std::chrono::seconds(60);

}  // namespace

ConnectRank GlooRanks(int world_size) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  return [=](int rank) {
    GlooOptions options;
    options.rank = rank;
    options.world_size = world_size;
    options.timeout = kTimeout;
    return MakeGlooCommunicator(store, options);
  };
}

ConnectRank InProcessRanks(int world_size) {
  InProcessOptions options;
  options.world_size = world_size;
  options.timeout = kTimeout;
  const auto hub = std::make_shared<InProcessHub>(options);
  return [hub](int rank) { return hub->Join(rank); };
}

void RunRanks(int world_size, const ConnectRank& connect,
              const std::function<void(Communicator&)>& body) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < world_size; ++rank) {
    threads.emplace_back([&, rank] {
      auto communicator = connect(rank);
      ASSERT_TRUE(communicator.ok()) << communicator.status();
      body(**communicator);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void RunRanks(int world_size, const std::function<void(Communicator&)>& body) {
  RunRanks(world_size, GlooRanks(world_size), body);
}

}  // namespace lockstep
