#include "quant/parallel.h"

#include <atomic>
#include <vector>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(ForEachBatch, CoversEveryImageOnce) {
  for (size_t count : {0, 1, 7, 8, 100})
    for (int threads : {1, 2, 5})
      for (size_t batch : {1, 8, 1000}) {
        std::vector<std::atomic<int>> seen(count);
        size_t last = 0;
        ForEachBatch(
            count, {threads, batch},
            [&](int thread, size_t begin, size_t end) {
              EXPECT_LT(thread, threads);
              EXPECT_LE(end - begin, batch);
              for (size_t i = begin; i < end; ++i) ++seen[i];
            },
            [&](size_t done) {
              EXPECT_GT(done, last);
              last = done;
            });
        for (const auto& times : seen) EXPECT_EQ(times, 1);
        EXPECT_EQ(last, count);
      }
}

}  // namespace
}  // namespace lockstep::quant
