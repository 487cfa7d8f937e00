#include "quant/session.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include "quant/cpu.h"

namespace lockstep::quant {
namespace {

// Appends a group of a value without the channels that only storage has.
void AppendDense(const PackedNet& net, int value, const Group& group,
                 const NetMemory& plan, uint8_t* memory,
                 IntegerTensor& tensor) {
  const Shape& shape = net.graph().shapes[value];
  const size_t stored = StoredChannels(value, shape.channels);
  const size_t map = size_t(shape.height) * shape.width;
  const uint8_t* base = plan.Value(memory, value, group.first);
  for (size_t i = 0; i < group.count; ++i)
    for (size_t p = 0; p < map; ++p) {
      const size_t at = i * StoredStride(value, shape) + p * stored;
      if (net.graph().storages[value] == Storage::kU8) {
        tensor.u8.insert(tensor.u8.end(), base + at,
                         base + at + shape.channels);
      } else {
        const auto* from = reinterpret_cast<const int32_t*>(base) + at;
        tensor.i32.insert(tensor.i32.end(), from, from + shape.channels);
      }
    }
}

}  // namespace

Session::Session(const PackedNet& net, const Parallelism& parallelism)
    : net_(net),
      batch_(std::max<size_t>(parallelism.batch, 1)),
      team_(std::max(parallelism.threads, 1)),
      plan_(net.PlanMemory(batch_, team_.size(), SecondLevelCacheBytes())) {
  // The first is also where all threads work together, each with a scratch.
  const size_t alone = plan_.scratch + plan_.scratch_bytes;
  for (size_t i = 0; i < team_.size(); ++i)
    memory_.emplace_back(i == 0 ? plan_.bytes : alone, kCacheLine);
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
  ForEachLayer(plan_, images, [&](size_t i, const Group& group) {
    net_.RunLayer(i, group, {}, plan_, memory);
  });
  net_.StoreLogits(images, plan_, memory, logits);
}

void Session::RunTogether(size_t thread, const uint8_t* pixels, size_t images,
                          int32_t* logits) {
  uint8_t* const memory = memory_[0].data();
  if (thread == 0) net_.LoadPixels(pixels, images, plan_, memory);
  team_.Barrier();
  ForEachLayer(plan_, images, [&](size_t i, const Group& group) {
    net_.RunLayer(i, group, {thread, team_.size()}, plan_, memory);
    team_.Barrier();
  });
  // The others wait at the next batch's first barrier, or have returned.
  if (thread == 0) net_.StoreLogits(images, plan_, memory, logits);
}

void Session::RunObserved(const uint8_t* pixels, size_t images, int32_t* logits,
                          const Observer& observer) {
  uint8_t* const memory = memory_[0].data();
  std::vector<IntegerTensor> values(net_.layers() + 1);
  net_.LoadPixels(pixels, images, plan_, memory);
  AppendDense(net_, 0, {0, images}, plan_, memory, values[0]);
  ForEachLayer(plan_, images, [&](size_t i, const Group& group) {
    net_.RunLayer(i, group, {}, plan_, memory);
    AppendDense(net_, i + 1, group, plan_, memory, values[i + 1]);
  });
  net_.StoreLogits(images, plan_, memory, logits);
  for (size_t v = 0; v < values.size(); ++v) observer(v, values[v]);
}

}  // namespace lockstep::quant
