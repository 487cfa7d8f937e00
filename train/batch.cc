#include "train/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "data/augment_by_table.h"

namespace lockstep {
namespace {

// Never destroyed: threads may outlive main().
const NormalizedPixels& Pixels() {
  static const auto* const pixels = new NormalizedPixels(Normalization{});
  return *pixels;
}

Augmentation AugmentationOf(const AugmentationKey* key, uint32_t image) {
  if (key == nullptr) return {};
  return RandomAugmentation(key->seed, key->epoch, image, key->cutout);
}

at::Tensor LogitsOf(Net& net, const at::Tensor& images, Tta tta) {
  const at::Tensor logits = net.Forward(images, Mode::kEval);
  if (tta == Tta::kNone) return logits;
  return (logits + net.Forward(images.flip({3}), Mode::kEval)) / 2;
}

}  // namespace

Batch MakeBatch(const ImageSet& set, absl::Span<const uint32_t> indices,
                const AugmentationKey* key) {
  const int64_t n = indices.size();
  Batch batch = {at::empty({n, kCifarChannels, kCifarSide, kCifarSide},
                           at::kFloat, at::MemoryFormat::ChannelsLast),
                 at::empty({n}, at::kLong)};
  auto* out = batch.images.data_ptr<float>();
  auto* labels = batch.labels.data_ptr<int64_t>();
  for (uint32_t i : indices) {
    AugmentByTable(set.image(i), AugmentationOf(key, i), Pixels(),
                   PixelLayout::kInterleaved, out);
    *labels++ = set.labels[i];
    out += kCifarPixels;
  }
  return batch;
}

Score& Score::operator+=(const Score& other) {
  loss_sum += other.loss_sum;
  correct += other.correct;
  images += other.images;
  return *this;
}

std::pair<at::Tensor, at::Tensor> ScoreSums(const at::Tensor& logits,
                                            const at::Tensor& labels) {
  at::NoGradGuard no_grad;
  return {at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum),
          logits.argmax(1).eq(labels).sum()};
}

Score ScoreOf(const at::Tensor& logits, const at::Tensor& labels) {
  const auto [loss_sum, correct] =
      ScoreSums(logits, labels.to(logits.device()));
  return {loss_sum.item<double>(), correct.item<int64_t>(), labels.size(0)};
}

absl::StatusOr<Score> SumOverRanks(const Score& score, Communicator* comm) {
  if (comm == nullptr) return score;
  std::string bytes(sizeof(Score), 0);
  std::memcpy(bytes.data(), &score, sizeof(Score));
  const auto all = comm->AllGather(bytes);
  if (!all.ok()) return all.status();
  Score sum;
  for (const std::string& part : *all) {
    Score other;
    std::memcpy(&other, part.data(), sizeof(Score));
    sum += other;
  }
  return sum;
}

absl::StatusOr<Score> Evaluate(Net& net, const ImageSet& set,
                               int64_t batch_size, Communicator* comm,
                               const std::function<bool()>& keep_going,
                               Tta tta) {
  const int64_t rank = comm == nullptr ? 0 : comm->rank();
  const int64_t world_size = comm == nullptr ? 1 : comm->world_size();
  std::vector<uint32_t> mine;
  for (int64_t i = rank; i < static_cast<int64_t>(set.size()); i += world_size)
    mine.push_back(i);
  at::NoGradGuard no_grad;
  Score score;
  for (size_t first = 0; first < mine.size(); first += batch_size) {
    if (keep_going && !keep_going()) break;
    const Batch batch = MakeBatch(
        set, absl::MakeConstSpan(mine).subspan(first, batch_size), nullptr);
    score += ScoreOf(LogitsOf(net, batch.images, tta), batch.labels);
  }
  return SumOverRanks(score, comm);
}

}  // namespace lockstep
