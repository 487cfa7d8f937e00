#include "tools/cli/testing_program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {

ProgramResult RunProgram(const std::string& command) {
  const std::string out = ::testing::TempDir() + "/out";
  const std::string error = ::testing::TempDir() + "/error";
  const int status =
      std::system(absl::StrCat(command, " >", out, " 2>", error).c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out).value(),
          ReadFile(error).value()};
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
