#include "train/cuda/device_batches.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "data/augment.h"
#include "train/comm/cuda_clock.h"
#include "train/cuda/kernels.h"

namespace lockstep {
namespace {

// Padding and passes without images make an epoch longer than the data set.
constexpr int64_t kSlack = 65536;

at::Tensor OnGpu(const std::vector<uint8_t>& bytes) {
  return at::from_blob(const_cast<uint8_t*>(bytes.data()),
                       {static_cast<int64_t>(bytes.size())}, at::kByte)
      .to(at::kCUDA);
}

}  // namespace

DeviceBatches::DeviceBatches(const ImageSet& images,
                             const BatchOptions& options)
    : options_(options),
      pixels_(OnGpu(images.pixels)),
      labels_(OnGpu(images.labels)),
      order_(at::zeros({2 * static_cast<int64_t>(images.size()) + kSlack},
                       at::device(at::kCUDA).dtype(at::kInt))),
      place_(at::zeros({2}, at::device(at::kCUDA).dtype(at::kLong))) {}

void DeviceBatches::StartEpoch(int64_t epoch, PassList passes) {
  std::vector<int32_t> order;
  sizes_.clear();
  next_ = 0;
  for (const auto& pass : passes) {
    order.insert(order.end(), pass.begin(), pass.end());
    sizes_.push_back(pass.size());
  }
  const int64_t length = order.size();
  if (length > order_.numel())
    throw std::runtime_error(absl::StrCat(
        "an epoch of ", length, " images is longer than the GPU's list of ",
        order_.numel(), "; try a smaller --accumulate"));
  // copy_ waits for the GPU, so that `order` may go.
  order_.narrow(0, 0, length)
      .copy_(at::from_blob(order.data(), {length}, at::kInt));
  place_.copy_(at::tensor({int64_t{0}, epoch}, at::kLong));
}

Batch DeviceBatches::Next() {
  const Normalization normalization;
  AugmentBatch batch;
  batch.pixels = pixels_.data_ptr<uint8_t>();
  batch.labels = labels_.data_ptr<uint8_t>();
  batch.order = reinterpret_cast<const uint32_t*>(order_.data_ptr<int32_t>());
  batch.place = place_.data_ptr<int64_t>();
  batch.count = sizes_[next_++];
  batch.augment = options_.augment;
  batch.seed = options_.seed;
  batch.cutout = options_.cutout;
  std::copy_n(normalization.mean.begin(), kCifarChannels, batch.mean);
  std::copy_n(normalization.std.begin(), kCifarChannels, batch.std);
  Batch made = {at::empty({batch.count, kCifarChannels, kCifarSide, kCifarSide},
                          at::device(at::kCUDA).dtype(options_.type),
                          at::MemoryFormat::ChannelsLast),
                at::empty({batch.count}, place_.options())};
  const absl::Status status = CudaStatus(
      "making a batch",
      LaunchAugment(batch, place_.data_ptr<int64_t>(),
                    options_.type == at::kBFloat16, made.images.data_ptr(),
                    made.labels.data_ptr<int64_t>(),
                    c10::cuda::getCurrentCUDAStream()));
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return made;
}

}  // namespace lockstep
