#include "train/net_logits.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "train/batch.h"
#include "train/net_values.h"
#include "train/onnx_export.h"

namespace lockstep {

absl::StatusOr<std::vector<std::array<float, kCifarClasses>>> NetLogits(
    const std::string& onnx, const ImageSet& images) {
  const auto loaded = DecodeOnnx(onnx);
  if (!loaded.ok()) return loaded.status();
  Net net(loaded->spec, {0, true});
  SetValues(net, loaded->values);
  at::NoGradGuard no_grad;
  std::vector<std::array<float, kCifarClasses>> rows(images.size());
  for (uint32_t i = 0; i < images.size(); ++i) {
    const Batch batch = MakeBatch(images, {&i, 1}, nullptr);
    const at::Tensor logits = net.Forward(batch.images, Mode::kEval);
    std::copy_n(logits.contiguous().data_ptr<float>(), kCifarClasses,
                rows[i].begin());
  }
  return rows;
}

}  // namespace lockstep
