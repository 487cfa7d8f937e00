#include "train/net_values.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "absl/strings/str_cat.h"
#include "isa-l/crc.h"

namespace lockstep {

std::string Checksum(const std::vector<NamedTensor>& tensors) {
  uint32_t crc = ~0u;
  for (const NamedTensor& t : tensors) {
    // Row-major, so that the memory format does not show.
    const at::Tensor flat = t.tensor.detach().cpu().contiguous();
    crc = crc32_iscsi(static_cast<unsigned char*>(flat.data_ptr()),
                      flat.numel() * flat.element_size(), crc);
  }
  return absl::StrCat(absl::Hex(~crc, absl::kZeroPad8));
}

std::string ParameterChecksum(const Net& net) {
  return Checksum(net.parameters());
}

NetValues ValuesOf(const Net& net) {
  NetValues values;
  for (const auto* tensors : {&net.parameters(), &net.buffers()}) {
    for (const NamedTensor& t : *tensors) {
      const at::Tensor flat = t.tensor.detach().cpu().contiguous();
      const float* data = flat.data_ptr<float>();
      values[t.name].assign(data, data + flat.numel());
    }
  }
  return values;
}

void SetValues(Net& net, const NetValues& values) {
  at::NoGradGuard no_grad;
  for (const auto* tensors : {&net.parameters(), &net.buffers()}) {
    for (const NamedTensor& t : *tensors) {
      auto* data = const_cast<float*>(values.at(t.name).data());
      at::Tensor(t.tensor).copy_(
          at::from_blob(data, t.tensor.sizes(), at::kFloat));
    }
  }
}

}  // namespace lockstep
