#include "data/sharded_sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/counter_random.h"

namespace lockstep {
namespace {

// Names the random stream of epoch orders; augmentation uses others.
constexpr uint64_t kOrderStream = 0x6f72646572;  // "order"

}  // namespace

ShardedSampler::ShardedSampler(const Options& options) : options_(options) {
  StartEpoch(0);
}

void ShardedSampler::StartEpoch(int64_t epoch, int64_t done) {
  done_ = std::min(done, options_.images);
  order_.resize(options_.images);
  std::iota(order_.begin(), order_.end(), 0);
  CounterRandom random(options_.seed, kOrderStream, epoch);
  for (size_t i = order_.size(); i > 1; --i)  // Fisher-Yates
    std::swap(order_[i - 1], order_[random.Below(i)]);
  if (options_.last_batch != LastBatch::kPad) return;
  for (int64_t i = 0; left() % options_.world_size != 0; ++i)
    order_.push_back(order_[i]);
}

int64_t ShardedSampler::steps() const {
  const bool drop = options_.last_batch == LastBatch::kDrop;
  return (left() + (drop ? 0 : global() - 1)) / global();
}

int64_t ShardedSampler::GlobalBatchSize(int64_t step) const {
  return std::min(global(), left() - step * global());
}

int64_t ShardedSampler::DoneAfter(int64_t step) const {
  return done_ + step * global() + GlobalBatchSize(step);
}

absl::Span<const uint32_t> ShardedSampler::Batch(int64_t step) const {
  const int64_t count = GlobalBatchSize(step);
  const int64_t begin = done_ + step * global();
  const int64_t first = count * options_.rank / options_.world_size;
  const int64_t last = count * (options_.rank + 1) / options_.world_size;
  return absl::MakeConstSpan(order_).subspan(begin + first, last - first);
}

}  // namespace lockstep
