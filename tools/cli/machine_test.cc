#include "tools/cli/machine.h"

#include <sched.h>

#include <string>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(Machine, Answers) {
  EXPECT_FALSE(CpuName().empty());
  EXPECT_GE(UsableCores(), 1);
}

std::string MachineIdOn(const cpu_set_t& cores) {
  cpu_set_t before;
  CPU_ZERO(&before);
  EXPECT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(sched_setaffinity(0, sizeof(cores), &cores), 0);
  const std::string id = MachineId();
  EXPECT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
  return id;
}

TEST(MachineId, IsThatOfTheCores) {
  const std::string id = MachineId();
  if (id.empty()) GTEST_SKIP() << "this kernel does not tell";
  EXPECT_EQ(id.find('/'), 16);
  EXPECT_EQ(MachineId(), id);
  cpu_set_t all, first;
  CPU_ZERO(&all);
  ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  EXPECT_EQ(MachineIdOn(all), id);
  if (UsableCores() == 1) return;
  int core = 0;
  while (!CPU_ISSET(core, &all)) ++core;
  CPU_ZERO(&first);
  CPU_SET(core, &first);
  EXPECT_EQ(MachineIdOn(first), id.substr(0, 17) + std::to_string(core));
}

}  // namespace
}  // namespace lockstep
