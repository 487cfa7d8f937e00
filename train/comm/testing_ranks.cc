#include "train/comm/testing_ranks.h"

#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "gtest/gtest.h"
#include "train/comm/gloo_communicator.h"

namespace lockstep {

void RunRanks(int world_size, const std::function<void(Communicator&)>& body) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < world_size; ++rank) {
    threads.emplace_back([&, rank] {
      GlooOptions options;
      options.rank = rank;
      options.world_size = world_size;
      options.timeout = std::chrono::seconds(60);
      auto communicator = MakeGlooCommunicator(store, options);
      ASSERT_TRUE(communicator.ok()) << communicator.status();
      body(**communicator);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace lockstep
