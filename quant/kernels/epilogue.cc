#include "quant/kernels/epilogue.h"

#include <algorithm>

namespace lockstep::quant {
namespace {

OutputKind KindOf(Storage storage) {
  if (storage == Storage::kU8) return OutputKind::kU8;
  return storage == Storage::kWide ? OutputKind::kWide : OutputKind::kLogits;
}

// `from` with zeros up to `size`.
std::vector<int32_t> Padded(std::vector<int32_t> from, size_t size) {
  from.resize(size);
  return from;
}

// Of each vector of lanes first the even channels, then the odd ones.
std::vector<int64_t> EvensFirst(std::vector<int64_t> from, size_t size,
                                size_t lanes) {
  from.resize(size);
  std::vector<int64_t> result(size);
  for (size_t c = 0; c < size; ++c) {
    const size_t lane = c % lanes;
    result[c - lane + lane % 2 * (lanes / 2) + lane / 2] = from[c];
  }
  return result;
}

}  // namespace

Epilogue::Epilogue(const ConvTask& task, int lanes)
    : output_kind_(KindOf(task.layer->output)) {
  const size_t channels = task.stored_out();
  const Requantization& q = task.layer->requantization;
  multiplier_ = Padded(q.multiplier, channels);
  offset_ = EvensFirst(q.offset, channels, lanes);
  residual_multiplier_ = q.residual_multiplier;
  wide_multiplier_ = Padded(q.wide_multiplier, channels);
  if (task.layer->residual >= 0)
    residual_kind_ = task.residual == Storage::kWide ? ResidualKind::kWide
                                                     : ResidualKind::kU8;
}

RequantizeTask Epilogue::Task(const ConvBuffers& buffers, size_t first) const {
  RequantizeTask task = {};
  task.residual_kind = residual_kind_;
  task.output_kind = output_kind_;
  task.multiplier = multiplier_.data() + first;
  task.offset = offset_.data() + first;
  task.residual_multiplier = residual_multiplier_;
  task.wide_multiplier = wide_multiplier_.data() + first;
  if (buffers.residual_u8 != nullptr)
    task.residual_u8 = buffers.residual_u8 + first;
  if (buffers.residual_wide != nullptr)
    task.residual_wide = buffers.residual_wide + first;
  if (buffers.out_u8 != nullptr) task.out_u8 = buffers.out_u8 + first;
  if (buffers.out_i32 != nullptr) task.out_i32 = buffers.out_i32 + first;
  return task;
}

}  // namespace lockstep::quant
