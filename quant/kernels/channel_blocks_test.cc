#include "quant/kernels/channel_blocks.h"

#include <cstring>

#include "gtest/gtest.h"
#include "quant/kernels/testing_conv.h"

namespace lockstep::quant {
namespace {

// Element `i` of a step of a packed block.
template <typename Element>
int Packed(const BlockedWeights& weights, const ChannelBlock& block,
           size_t step, size_t channel, size_t i) {
  Element element;
  std::memcpy(&element,
              weights.block(block) + (step * block.width + channel) * 4 +
                  i * sizeof(Element),
              sizeof(element));
  return element;
}

template <typename Element>
void ExpectInOrder(const ConvTask& task) {
  constexpr size_t kElements = 4 / sizeof(Element);
  const std::vector<ChannelBlock> blocks =
      ChannelBlocks(task.stored_out(), EmulatedAvx2Microkernels());
  const BlockedWeights weights = PackWeights<Element>(task, blocks);
  const size_t elements = task.taps() * task.stored_in();
  EXPECT_EQ(weights.size(), task.stored_out() * elements * sizeof(Element));
  for (const ChannelBlock& block : blocks)
    for (size_t c = 0; c < block.width; ++c)
      for (size_t i = 0; i < elements; ++i) {
        const size_t channel = block.first + c;
        const size_t tap = i / task.stored_in(), in = i % task.stored_in();
        const bool real = channel < size_t(task.out.channels) &&
                          in < size_t(task.in.channels);
        EXPECT_EQ(
            Packed<Element>(weights, block, i / kElements, c, i % kElements),
            real ? task.weights(channel, tap)[in] : 0)
            << "channel " << channel << ", tap " << tap << ", input " << in;
      }
}

TEST(PackWeights, KeepsOrderAndFillsWithZeros) {
  const TestingConv activations(MapCase(17, 37, 5), 1);
  ExpectInOrder<int8_t>(activations.task());
  ExpectInOrder<int16_t>(activations.task());
  ConvCase test = WithWindow(MapCase(3, 16, 5), 5, 1, 2);
  test.pixels = true;
  const TestingConv pixels(test, 1);
  ExpectInOrder<int8_t>(pixels.task());
  ExpectInOrder<int16_t>(pixels.task());
}

}  // namespace
}  // namespace lockstep::quant
