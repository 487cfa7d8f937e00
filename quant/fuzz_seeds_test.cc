// The seeds of the fuzzers' corpora are still read: after a change of a format
// they would be refused at once, and the fuzzers reach nothing.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "quant/net_file.h"
#include "quant/onnx_reader.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

std::vector<std::string> Seeds(const char* corpus) {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(corpus))
    if (absl::StartsWith(entry.path().filename().string(), "seed-"))
      seeds.push_back(entry.path());
  EXPECT_FALSE(seeds.empty()) << corpus;
  return seeds;
}

TEST(FuzzSeeds, ModelsAreRead) {
  for (const std::string& path : Seeds("testdata/corpus/onnx_fuzz")) {
    const auto model = ReadOnnx(*ReadFile(path));
    EXPECT_TRUE(model.ok()) << path << ": " << model.status();
  }
}

TEST(FuzzSeeds, NetsAreRead) {
  for (const std::string& path : Seeds("testdata/corpus/net_file_fuzz")) {
    const auto net = DecodeNet(*ReadFile(path));
    EXPECT_TRUE(net.ok()) << path << ": " << net.status();
  }
}

}  // namespace
}  // namespace lockstep::quant
