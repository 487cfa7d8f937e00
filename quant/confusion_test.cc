#include "quant/confusion.h"

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(Confusion, RowsAreLabels) {
  const Confusion c = CountConfusion({3, 3, 5, 9}, {3, 5, 5, 0});
  EXPECT_EQ(c[3][3], 1);
  EXPECT_EQ(c[3][5], 1);
  EXPECT_EQ(c[5][3], 0);
  EXPECT_EQ(c[5][5], 1);
  EXPECT_EQ(c[9][0], 1);
}

}  // namespace
}  // namespace lockstep::quant
