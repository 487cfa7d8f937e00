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

template <typename Element>
BlockedWeights BlockedWeights::Pack(
    const std::vector<ChannelBlock>& blocks, size_t steps,
    const std::function<Element(size_t channel, size_t i)>& weight) {
  constexpr size_t kElements = 4 / sizeof(Element);  // of a step
  const size_t channels =
      blocks.empty() ? 0 : blocks.back().first + blocks.back().width;
  BlockedWeights result(steps, channels * steps * 4);
  uint8_t* to = result.bytes_.data();
  for (const ChannelBlock& block : blocks)
    for (size_t step = 0; step < steps; ++step)
      for (size_t c = 0; c < block.width; ++c)
        for (size_t e = 0; e < kElements; ++e, to += sizeof(Element)) {
          const Element value = weight(block.first + c, step * kElements + e);
          std::memcpy(to, &value, sizeof(value));
        }
  return result;
}

template BlockedWeights BlockedWeights::Pack<int8_t>(
    const std::vector<ChannelBlock>&, size_t,
    const std::function<int8_t(size_t, size_t)>&);
template BlockedWeights BlockedWeights::Pack<int16_t>(
    const std::vector<ChannelBlock>&, size_t,
    const std::function<int16_t(size_t, size_t)>&);

}  // namespace lockstep::quant
