// Writes a random net: write_testing_model {lenet|resnet18|resnet20} FILE.

#include <cstdio>
#include <string>

#include "quant/testing_models.h"
#include "tools/cli/file.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string name = argv[1];
  const onnx::ModelProto model =
      name == "resnet18"   ? lockstep::quant::ResnetModel({2, 2, 2, 2}, 64)
      : name == "resnet20" ? lockstep::quant::ResnetModel({3, 3, 3}, 16)
                           : lockstep::quant::LenetModel();
  const absl::Status status =
      lockstep::WriteFileAtomically(argv[2], model.SerializeAsString());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
