#include "quant/testing_hostile.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::quant {

using ::testing::HasSubstr;

void ExpectFileRefused(const std::string& path, const std::string& why,
                       const std::string& flags) {
  const ProgramResult result =
      RunProgram(absl::StrCat("quant/eval --model ", path, " ", flags));
  EXPECT_EQ(result.exit_code, 2) << result.error;
  EXPECT_THAT(result.error, HasSubstr(why));
  EXPECT_THAT(result.error, HasSubstr(path));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1)
      << result.error;
  EXPECT_LT(result.error.size(), 5000);
  EXPECT_EQ(result.out, "");
  EXPECT_LT(result.cpu_seconds, kMaxSeconds) << why;
  EXPECT_LT(result.resident_bytes, kMaxResident) << why;
}

std::string WriteModel(const std::string& bytes) {
  const std::string path = NewTestFolder() + "/model.onnx";
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  return path;
}

void ExpectRefused(const std::string& bytes, const std::string& why) {
  ExpectFileRefused(WriteModel(bytes), why);
}

std::string Repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace lockstep::quant
