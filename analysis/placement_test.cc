#include "analysis/placement.h"

#include <string>

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

void AddRank(const std::string& machine, uint32_t threads, uint32_t cores,
             Header& header) {
  Rank& rank = *header.add_ranks();
  rank.set_device("cpu");
  rank.set_machine(machine);
  rank.set_threads(threads);
  rank.set_cores(cores);
}

TEST(Oversubscription, AllRanksStayOnOneMachine) {
  Header header;
  AddRank("a", 1, 2, header);
  AddRank("a", 1, 2, header);
  const Placement placement = PlacementOf(header);
  EXPECT_TRUE(placement.one_machine);
  EXPECT_EQ(Oversubscription(placement, 1), 1);
  EXPECT_EQ(Oversubscription(placement, 2), 1);
  EXPECT_EQ(Oversubscription(placement, 3), 1.5);
  EXPECT_EQ(Oversubscription(placement, 4), 2);
  EXPECT_EQ(PlacementText(placement, 4), "4 / 2");
}

TEST(Oversubscription, MachinesKeepTheirRanks) {
  Header header;
  for (const char* machine : {"a", "a", "b", "b"})
    AddRank(machine, 6, 8, header);
  const Placement placement = PlacementOf(header);
  EXPECT_FALSE(placement.one_machine);
  EXPECT_EQ(Oversubscription(placement, 1), 1);
  EXPECT_EQ(Oversubscription(placement, 2), 1.5);
  EXPECT_EQ(Oversubscription(placement, 16), 1.5);
}

TEST(Oversubscription, IsThatOfTheFullestMachine) {
  Header header;
  for (const char* machine : {"a", "b", "b", "b"})
    AddRank(machine, 4, 8, header);
  EXPECT_EQ(Oversubscription(PlacementOf(header), 8), 1.5);
}

TEST(Oversubscription, RanksBoundToCoresOfTheirOwn) {
  Header header;
  AddRank("boot/0-3", 4, 4, header);
  AddRank("boot/4-7", 4, 4, header);
  EXPECT_EQ(Oversubscription(PlacementOf(header), 64), 1);
}

TEST(Oversubscription, IsOneIfCoresAreUnknownOrUnused) {
  Header old;
  AddRank("a", 4, 2, old);
  AddRank("", 4, 0, old);
  EXPECT_EQ(Oversubscription(PlacementOf(old), 8), 1);
  Header gpu;
  AddRank("a", 4, 2, gpu);
  gpu.mutable_ranks(0)->set_device("cuda:0");
  EXPECT_EQ(Oversubscription(PlacementOf(gpu), 8), 1);
  EXPECT_EQ(Oversubscription(PlacementOf({}), 8), 1);
}

}  // namespace
}  // namespace lockstep::analysis
