// How output channels are divided into the blocks that a micro-kernel call
// computes, and weights in the order in which it reads them.

#ifndef LOCKSTEP_QUANT_KERNELS_CHANNEL_BLOCKS_H_
#define LOCKSTEP_QUANT_KERNELS_CHANNEL_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "quant/aligned.h"
#include "quant/kernels/microkernels.h"

namespace lockstep::quant {

constexpr size_t kMostChannels = 64;  // of any block
constexpr size_t kMostRows = 8;       // of any micro-kernel call

struct ChannelBlock {
  size_t first;  // channel
  int vectors;
  size_t width;  // channels: vectors * lanes
};

// Blocks over `channels`, a multiple of 16: the widest that `micro` has, and
// what is left.
std::vector<ChannelBlock> ChannelBlocks(size_t channels,
                                        const Microkernels& micro);

// The weights of all blocks, each [step][channel of the block][4 bytes].
class BlockedWeights {
 public:
  // `Element` is int8_t or int16_t; weight(channel, i) is element i, counted
  // over all steps, and 0 where there is none. Called once for each.
  template <typename Element>
  static BlockedWeights Pack(
      const std::vector<ChannelBlock>& blocks, size_t steps,
      const std::function<Element(size_t channel, size_t i)>& weight);

  const uint8_t* block(const ChannelBlock& block) const {
    return bytes_.data() + block.first * steps_ * 4;
  }
  size_t size() const { return size_; }  // bytes

 private:
  BlockedWeights(size_t steps, size_t size)
      : steps_(steps), size_(size), bytes_(size, kAlignment) {}
  static constexpr size_t kAlignment = 64;

  size_t steps_, size_;
  AlignedBuffer<uint8_t> bytes_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_CHANNEL_BLOCKS_H_
