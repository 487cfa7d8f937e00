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
#include "quant/kernels/packed_conv.h"

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

// Weights block after block, each [step][channel of the block][4 bytes].
class BlockedWeights {
 public:
  // fill(block, to) writes all steps of a block.
  BlockedWeights(
      const std::vector<ChannelBlock>& blocks, size_t steps,
      const std::function<void(const ChannelBlock&, uint8_t* to)>& fill);

  const uint8_t* block(const ChannelBlock& block) const {
    return bytes_.data() + block.first * steps_ * 4;
  }
  size_t size() const { return size_; }  // bytes

 private:
  size_t steps_, size_;
  AlignedBuffer<uint8_t> bytes_;
};

// Writes a block of the layer's own weights, of int8_t or int16_t: a channel's
// elements are [tap][stored input], 4 bytes of them a step, 0 where the layer
// has none.
template <typename Element>
void PackBlock(const ConvTask& task, const ChannelBlock& block, Element* to);

// All blocks of them.
template <typename Element>
BlockedWeights PackWeights(const ConvTask& task,
                           const std::vector<ChannelBlock>& blocks);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_CHANNEL_BLOCKS_H_
