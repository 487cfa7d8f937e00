#include "train/model_file.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>

#include "absl/strings/str_cat.h"
#include "tools/cli/file.h"
#include "train/batch.h"
#include "train/net_values.h"
#include "train/onnx_export.h"

namespace lockstep {

absl::Status ExportChecked(Net& net, const std::string& path,
                           const ImageSet& images) {
  const absl::Status status =
      WriteFileAtomically(path, EncodeOnnx(net.spec(), ValuesOf(net)));
  if (!status.ok()) return status;
  const auto bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  const auto loaded = DecodeOnnx(*bytes);
  if (!loaded.ok()) return loaded.status();
  NetOptions other = net.options();
  ++other.seed;
  Net copy(loaded->spec, other);
  SetValues(copy, loaded->values);
  const std::vector<uint32_t> first = {0};
  const Batch batch = MakeBatch(images, first, nullptr);
  at::NoGradGuard no_grad;
  if (at::equal(net.Forward(batch.images, Mode::kEval),
                copy.Forward(batch.images, Mode::kEval)))
    return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(path, " does not give the trained net's logits"));
}

}  // namespace lockstep
