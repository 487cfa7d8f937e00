// //train:logits: what LibTorch makes of an exported net, for comparisons with
// other engines (tools/peers/onnx_check).

#include <cstdio>
#include <numeric>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "data/sample_path.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "train/net_logits.h"

ABSL_FLAG(std::string, data_path, "",
          "[data] folder with test_batch.bin; default: the sample that comes "
          "with the project");
ABSL_FLAG(int64_t, limit, 100, "[data] the first N test images");

namespace lockstep {
namespace {

absl::Status Main(const std::vector<std::string>& positional) {
  if (positional.size() != 1)
    return absl::InvalidArgumentError("usage: logits [flags] MODEL.onnx");
  std::string data = ResolveUserPath(absl::GetFlag(FLAGS_data_path));
  if (data.empty()) data = SampleDataPath();
  const auto images =
      ReadCifar10(data, Split::kTest, absl::GetFlag(FLAGS_limit));
  if (!images.ok()) return images.status();
  const auto model = ReadFile(ResolveUserPath(positional[0]));
  if (!model.ok()) return model.status();
  const auto logits = NetLogits(*model, *images);
  if (!logits.ok())
    return {logits.status().code(),
            absl::StrCat(positional[0], ": ", logits.status().message())};
  for (const auto& row : *logits) {
    for (float value : row) std::printf("%.9g ", value);
    std::printf("\n");
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return lockstep::RunMain(
      argc, argv,
      "prints the logits of an exported net, one image a line.\n\n"
      "  bazel run //train:logits -- lockstep_runs/NAME/model.onnx",
      lockstep::Main);
}
