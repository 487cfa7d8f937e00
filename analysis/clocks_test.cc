#include "analysis/clocks.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Host {
  const char* name;
  int64_t offset_ns, error_ns;
};

Header HeaderOf(const std::vector<Host>& hosts) {
  Header header;
  header.set_world_size(hosts.size());
  for (const Host& host : hosts) {
    Rank& rank = *header.add_ranks();
    rank.set_rank(header.ranks_size() - 1);
    rank.set_host(host.name);
    rank.set_clock_offset_ns(host.offset_ns);
    rank.set_clock_error_ns(host.error_ns);
  }
  return header;
}

TEST(Clocks, ErrorOfAPairIsThatOfItsTwoRanks) {
  struct Case {
    std::vector<Host> hosts;
    double largest_s, pair_s;
  };
  for (const Case& c : std::vector<Case>{
           {{{"a", 0, 0}}, 0, 0},
           {{{"a", 0, 0}, {"a", 0, 0}}, 0, 0},  // one host, one clock
           {{{"a", 0, 0}, {"b", 7, 2000}}, 2e-6, 2e-6},
           {{{"a", 0, 0}, {"b", 7, 2000}, {"c", 0, 3000}}, 3e-6, 5e-6},
           {{{"a", 0, 0}, {"b", 7, 0}}, 0, 0},
       }) {
    const Clocks clocks = ClocksOf(HeaderOf(c.hosts));
    EXPECT_EQ(clocks.problem, "");
    EXPECT_DOUBLE_EQ(clocks.largest_error_s, c.largest_s);
    EXPECT_DOUBLE_EQ(clocks.pair_error_s, c.pair_s);
    EXPECT_EQ(clocks.offsets_ns.size(), c.hosts.size());
  }
}

TEST(Clocks, OffsetsAreSubtracted) {
  const Clocks clocks = ClocksOf(HeaderOf({{"a", 0, 0}, {"b", -70, 1}}));
  EXPECT_THAT(clocks.offsets_ns, ElementsAre(0, -70));
  EXPECT_EQ(Aligned(clocks, 1, 30), 100);
  EXPECT_EQ(Aligned(clocks, 1, INT64_MAX), INT64_MIN + 69);
}

TEST(Clocks, WhatCannotBeComparedSaysWhy) {
  Header unordered = HeaderOf({{"a", 0, 0}, {"a", 0, 0}});
  unordered.mutable_ranks(0)->set_rank(1);
  Header incomplete = HeaderOf({{"a", 0, 0}});
  incomplete.set_world_size(2);
  struct Case {
    Header header;
    const char* words;
  };
  for (const Case& c :
       std::vector<Case>{{HeaderOf({{"a", 0, 0}, {"b", 0, 0}}), "rank 1 on b"},
                         {HeaderOf({{"a", 0, 0}, {"b", 5, -1}}), "negative"},
                         {unordered, "in order"},
                         {incomplete, "every rank"}}) {
    const Clocks clocks = ClocksOf(c.header);
    EXPECT_THAT(clocks.problem, HasSubstr(c.words));
    EXPECT_TRUE(clocks.offsets_ns.empty());
  }
}

}  // namespace
}  // namespace lockstep::analysis
