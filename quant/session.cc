#include "quant/session.h"

#include <algorithm>
#include <atomic>
#include <functional>

namespace lockstep::quant {
namespace {

// A value without the channels that only storage has.
IntegerTensor Dense(const PackedNet& net, int value, size_t images,
                    const NetMemory& plan, uint8_t* memory) {
  const Shape& shape = net.graph().shapes[value];
  const size_t stored = StoredChannels(value, shape.channels);
  const size_t map = size_t(shape.height) * shape.width;
  const bool u8 = net.graph().storages[value] == Storage::kU8;
  IntegerTensor tensor;
  for (size_t i = 0; i < images; ++i)
    for (size_t p = 0; p < map; ++p) {
      const size_t at = i * StoredStride(value, shape) + p * stored;
      if (u8) {
        const uint8_t* from = plan.Value<uint8_t>(memory, value) + at;
        tensor.u8.insert(tensor.u8.end(), from, from + shape.channels);
      } else {
        const int32_t* from = plan.Value<int32_t>(memory, value) + at;
        tensor.i32.insert(tensor.i32.end(), from, from + shape.channels);
      }
    }
  return tensor;
}

}  // namespace

Session::Session(const PackedNet& net, const Parallelism& parallelism)
    : net_(net),
      batch_(std::max<size_t>(parallelism.batch, 1)),
      team_(std::max(parallelism.threads, 1)),
      plan_(net.PlanMemory(batch_, team_.size())) {
  for (size_t i = 0; i < team_.size(); ++i)
    memory_.emplace_back(plan_.bytes, kCacheLine);
}

void Session::Run(const uint8_t* pixels, size_t images, int32_t* logits) {
  const size_t planes = net_.graph().shapes[0].size();
  const size_t classes = net_.graph().shapes[net_.graph().output()].size();
  const auto together = [&](size_t thread) {
    for (size_t done = 0; done < images; done += batch_)
      RunTogether(thread, pixels + done * planes,
                  std::min(batch_, images - done), logits + done * classes);
  };
  // Equal shares: of 20 images in batches of 16, two threads take 10 each.
  const size_t most = (images + team_.size() - 1) / team_.size();
  const size_t take = std::min(batch_, most);
  std::atomic<size_t> next{0};
  const auto apart = [&](size_t thread) {
    for (size_t begin; (begin = next.fetch_add(take)) < images;)
      RunBatch(pixels + begin * planes, std::min(take, images - begin),
               logits + begin * classes, memory_[thread].data());
  };
  // References: a std::function of more than 16 bytes would allocate.
  if (images < team_.size())
    team_.Run(std::cref(together));
  else
    team_.Run(std::cref(apart));
}

void Session::RunBatch(const uint8_t* pixels, size_t images, int32_t* logits,
                       uint8_t* memory) {
  net_.LoadPixels(pixels, images, plan_, memory);
  for (size_t i = 0; i < net_.layers(); ++i)
    net_.RunLayer(i, images, {}, plan_, memory);
  net_.StoreLogits(images, plan_, memory, logits);
}

void Session::RunTogether(size_t thread, const uint8_t* pixels, size_t images,
                          int32_t* logits) {
  uint8_t* const memory = memory_[0].data();
  if (thread == 0) net_.LoadPixels(pixels, images, plan_, memory);
  team_.Barrier();
  for (size_t i = 0; i < net_.layers(); ++i) {
    net_.RunLayer(i, images, {thread, team_.size()}, plan_, memory);
    team_.Barrier();
  }
  if (thread == 0) net_.StoreLogits(images, plan_, memory, logits);
  team_.Barrier();
}

void Session::RunObserved(const uint8_t* pixels, size_t images, int32_t* logits,
                          const Observer& observer) {
  const size_t planes = net_.graph().shapes[0].size();
  const size_t classes = net_.graph().shapes[net_.graph().output()].size();
  uint8_t* const memory = memory_[0].data();
  for (size_t done = 0; done < images; done += batch_) {
    const size_t count = std::min(batch_, images - done);
    net_.LoadPixels(pixels + done * planes, count, plan_, memory);
    observer(0, Dense(net_, 0, count, plan_, memory));
    for (size_t i = 0; i < net_.layers(); ++i) {
      net_.RunLayer(i, count, {}, plan_, memory);
      observer(i + 1, Dense(net_, i + 1, count, plan_, memory));
    }
    net_.StoreLogits(count, plan_, memory, logits + done * classes);
  }
}

}  // namespace lockstep::quant
