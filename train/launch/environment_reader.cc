#include "train/launch/environment_reader.h"

#include <cstdlib>

#include "absl/strings/numbers.h"

namespace lockstep {

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::string EnvironmentReader::Text(const char* name) {
  const std::optional<std::string> value = environment_(name);
  if (value) return *value;
  Fail(absl::StrCat(launcher_, " set only a part of its variables: ", name,
                    " is missing"));
  return "";
}

int EnvironmentReader::Number(const char* name, int low, int high) {
  const std::string text = Text(name);
  int number = 0;
  if (absl::SimpleAtoi(text, &number) && number >= low && number <= high)
    return number;
  Fail(absl::StrCat(name, "=", text, " is not a number from ", low, " to ",
                    high));
  return low;
}

void EnvironmentReader::Master(LaunchInfo& info) {
  info.master_address = Text("MASTER_ADDR");
  info.master_port = Number("MASTER_PORT", 1, 65535);
}

void EnvironmentReader::MasterIfGiven(LaunchInfo& info) {
  if (Has("MASTER_ADDR") || Has("MASTER_PORT")) Master(info);
}

}  // namespace lockstep
