#include "tools/cli/testing_program.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {

namespace {

double Seconds(const timeval& time) {
  return time.tv_sec + 1e-6 * time.tv_usec;
}

}  // namespace

ProgramResult RunProgram(const std::string& command) {
  const std::string out = ::testing::TempDir() + "/out";
  const std::string error = ::testing::TempDir() + "/error";
  std::string line = absl::StrCat(command, " >", out, " 2>", error);
  std::string shell = "sh", option = "-c";
  char* arguments[] = {shell.data(), option.data(), line.data(), nullptr};
  pid_t child = 0;
  EXPECT_EQ(
      posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments, environ), 0);
  int status = 0;
  rusage usage = {};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out).value(),
          ReadFile(error).value(),
          Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
          int64_t{usage.ru_maxrss} * 1024};
}

std::string NewTestFolder() {
  const std::string folder = absl::StrCat(
      ::testing::TempDir(), "/",
      ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace lockstep
