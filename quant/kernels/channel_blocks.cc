#include "quant/kernels/channel_blocks.h"

#include <algorithm>
#include <cstring>

namespace lockstep::quant {

std::vector<ChannelBlock> ChannelBlocks(size_t channels,
                                        const Microkernels& micro) {
  const size_t widest = size_t(micro.max_vectors) * micro.lanes;
  std::vector<ChannelBlock> blocks;
  for (size_t first = 0; first < channels; first += widest) {
    const size_t width = std::min(widest, channels - first);
    blocks.push_back({first, static_cast<int>(width / micro.lanes), width});
  }
  return blocks;
}

BlockedWeights::BlockedWeights(
    const std::vector<ChannelBlock>& blocks, size_t steps,
    const std::function<void(const ChannelBlock&, uint8_t* to)>& fill)
    : steps_(steps),
      size_((blocks.back().first + blocks.back().width) * steps * 4),
      bytes_(size_, kCacheLine) {
  for (const ChannelBlock& its : blocks)
    fill(its, bytes_.data() + its.first * steps * 4);
}

// Tap after tap: what a channel writes, 4 bytes of each step, stays in a
// first-level cache until the other channels have filled the gaps.
template <typename Element>
void PackBlock(const ConvTask& task, const ChannelBlock& block, Element* to) {
  constexpr size_t kElements = 4 / sizeof(Element);  // of a step
  std::vector<Element> row(task.stored_in());        // of a channel and tap
  for (size_t tap = 0; tap < task.taps(); ++tap, to += row.size() * block.width)
    for (size_t c = 0; c < block.width; ++c) {
      const size_t channel = block.first + c;
      if (channel < size_t(task.out.channels))
        std::copy_n(task.weights(channel, tap), task.in.channels, row.begin());
      else
        std::fill(row.begin(), row.end(), 0);
      for (size_t i = 0; i < row.size(); i += kElements)
        std::memcpy(to + i * block.width + c * kElements, &row[i], 4);
    }
}

template <typename Element>
BlockedWeights PackWeights(const ConvTask& task,
                           const std::vector<ChannelBlock>& blocks) {
  const size_t bytes = task.taps() * task.stored_in() * sizeof(Element);
  return BlockedWeights(
      blocks, bytes / 4, [&](const ChannelBlock& block, uint8_t* to) {
        PackBlock(task, block, reinterpret_cast<Element*>(to));
      });
}

template void PackBlock(const ConvTask&, const ChannelBlock&, int16_t*);
template BlockedWeights PackWeights<int8_t>(const ConvTask&,
                                            const std::vector<ChannelBlock>&);
template BlockedWeights PackWeights<int16_t>(const ConvTask&,
                                             const std::vector<ChannelBlock>&);

}  // namespace lockstep::quant
