#include "train/selfcheck/parity.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "train/model/net.h"
#include "train/net_values.h"
#include "train/reducer.h"

namespace lockstep {
namespace {

constexpr int kSteps = 5;
constexpr double kLearningRate = 0.01;
constexpr uint64_t kSeed = 5;

struct Images {
  at::Tensor pixels;  // [n, 3, 32, 32], uniform in +-1.7 (variance 1)
  at::Tensor labels;  // [n]
};

// The same bits on every host: torch's own generators may differ with the
// instruction set.
Images RandomImages(int n, at::ScalarType type) {
  std::mt19937 random(7);
  at::Tensor pixels = at::empty({n, 3, 32, 32}, at::kFloat);
  float* data = pixels.data_ptr<float>();
  for (int64_t i = 0; i < pixels.numel(); ++i)
    data[i] = 1.7f * (static_cast<float>(random() >> 8) / (1 << 23) - 1);
  return {pixels.to(type), at::arange(n, at::kLong).remainder(10)};
}

at::Tensor Loss(Net& net, const Images& images, int64_t first, int64_t last) {
  return at::cross_entropy_loss(
      net.Forward(images.pixels.slice(0, first, last), Mode::kTrain),
      images.labels.slice(0, first, last));
}

double SquareOf(const at::Tensor& t) {
  return t.to(at::kDouble).square().sum().item<double>();
}

double GradientNorm(const Net& net) {
  double square = 0;
  for (const NamedTensor& p : net.parameters())
    square += SquareOf(p.tensor.grad());
  return std::sqrt(square);
}

// Of the difference between the gradients of two nets.
double ErrorNorm(const Net& net, const Net& other) {
  double square = 0;
  for (size_t i = 0; i < net.parameters().size(); ++i)
    square += SquareOf(net.parameters()[i].tensor.grad() -
                       other.parameters()[i].tensor.grad());
  return std::sqrt(square);
}

void CopyParameters(const Net& from, const Net& to) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < from.parameters().size(); ++i)
    at::Tensor(to.parameters()[i].tensor).copy_(from.parameters()[i].tensor);
}

void Descend(const Net& net) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& p : net.parameters())
    at::Tensor(p.tensor).sub_(p.tensor.grad(), kLearningRate);
}

// What rounding on the wire adds to the 2-norm of the error. Each of P addends
// g_r is rounded once when it is copied in, and each of P - 1 partial sums
// once, with relative error u (half an ulp: 2^-9 for bf16, 2^-12 for fp16). A
// partial sum is at most sum |g_r|, element by element, and the norm of that at
// most S = sum of the norms of the g_r: all in all P u S, with 1 % for products
// of roundings. Below 2^-14 fp16's steps are 2^-24 wide: 2^-25 for each of the
// 2 P - 1 roundings of each of n elements.
double WireError(at::ScalarType wire, int world_size, double sum_of_norms,
                 int64_t elements) {
  const double unit = wire == at::kBFloat16 ? std::ldexp(1, -9)
                      : wire == at::kHalf   ? std::ldexp(1, -12)
                                            : 0;
  const double step = wire == at::kHalf ? std::ldexp(1, -25) : 0;
  return 1.01 * world_size * unit * sum_of_norms +
         (2 * world_size - 1) * step * std::sqrt(elements);
}

// Relative to the gradient's norm.
struct Deviation {
  double error = 0;
  double bound = 1;
  std::string where;  // "step 3, buckets of 1 and 20000 bytes"

  bool ok() const { return error <= bound; }  // not for a NaN
  bool WorseThan(const Deviation& other) const {
    return std::isnan(error) || error / bound > other.error / other.bound;
  }
};

// One rank's two nets in a case.
class ParityRun {
 public:
  ParityRun(Communicator& comm, const ParityCase& parity, const Images& images,
            const BucketCaps& caps)
      : comm_(comm),
        parity_(parity),
        images_(images),
        group_{&comm},
        // Another seed a rank: Start() must make them equal.
        net_(parity.spec, OptionsOf(kSeed + comm.rank(), &group_)),
        alone_(parity.spec, OptionsOf(kSeed, nullptr)),
        reducer_(net_.parameters(), comm, {caps, parity.wire}) {}

  absl::Status Start() { return reducer_.Start(); }

  absl::StatusOr<Deviation> Step() {
    CopyParameters(net_, alone_);
    ClearGradients(alone_.parameters());
    Loss(alone_, images_, 0, parity_.images).backward();
    const auto sum_of_norms = StepTogether();
    if (!sum_of_norms.ok()) return sum_of_norms.status();
    const double norm = GradientNorm(alone_);
    Deviation deviation;
    deviation.error = ErrorNorm(net_, alone_) / norm;
    deviation.bound = (parity_.type == at::kDouble ? 1e-10 : 1e-6) +
                      WireError(parity_.wire, comm_.world_size(), *sum_of_norms,
                                ParameterCount(parity_.spec)) /
                          norm;
    Descend(net_);
    return deviation;
  }

  const Net& net() const { return net_; }
  std::vector<PlannedBucket> plan() const { return reducer_.plan(); }

 private:
  NetOptions OptionsOf(uint64_t seed, const BatchNormGroup* group) const {
    return {seed, parity_.channels_last, parity_.type, group};
  }

  int64_t FirstOf(int64_t rank) const {
    const int64_t ranks = comm_.world_size();
    return parity_.images * rank * rank / (ranks * ranks);
  }

  // The distributed half; the sum over ranks of the norms of what they add.
  absl::StatusOr<double> StepTogether() {
    const int64_t first = FirstOf(comm_.rank()),
                  last = FirstOf(comm_.rank() + 1);
    group_.idle = first == last;
    group_.weight = static_cast<double>(last - first) / parity_.images;
    reducer_.PrepareStep({group_.weight, 1, false});
    if (group_.idle) {
      (Loss(net_, images_, 0, 1) * 0).backward();
    } else {
      Loss(net_, images_, first, last).backward();
    }
    at::Tensor norms =
        at::full({1}, group_.weight * GradientNorm(net_), at::kDouble);
    absl::Status status = reducer_.Finish();
    if (status.ok()) status = comm_.AllReduceSum(norms)->Wait();
    if (!status.ok()) return status;
    return norms.item<double>();
  }

  Communicator& comm_;
  const ParityCase& parity_;
  const Images& images_;
  BatchNormGroup group_;
  Net net_, alone_;
  Reducer reducer_;
};

// Gathers every rank's worst deviation.
absl::StatusOr<Check> Judge(Communicator& comm, const std::string& name,
                            const Deviation& mine, int steps) {
  const auto all = comm.AllGather(
      absl::StrFormat("%g|%g|%s", mine.error, mine.bound, mine.where));
  if (!all.ok()) return all.status();
  std::vector<std::string> problems;
  Deviation worst;
  for (const std::string& text : *all) {
    const std::vector<std::string> words = absl::StrSplit(text, '|');
    Deviation rank;
    if (words.size() != 3 || !absl::SimpleAtod(words[0], &rank.error) ||
        !absl::SimpleAtod(words[1], &rank.bound))
      return absl::InternalError("a rank checked gradients of another build");
    if (rank.WorseThan(worst)) worst = rank;
    problems.push_back(
        rank.ok() ? ""
                  : absl::StrFormat(
                        "error %.2g > %.2g in %s: the ranks' mean is not one "
                        "process's gradient; check memory and network, and "
                        "that all hosts run the same build",
                        rank.error, rank.bound, words[2]));
  }
  return CombineRanks(name,
                      absl::StrFormat("error=%.2g <= %.2g | steps=%d",
                                      worst.error, worst.bound, steps),
                      problems);
}

// The bits of all nets that a rank ended with.
absl::StatusOr<Check> CompareBits(Communicator& comm, const std::string& mine) {
  const auto all = comm.AllGather(mine);
  if (!all.ok()) return all.status();
  std::vector<std::string> problems;
  for (const std::string& theirs : *all)
    problems.push_back(
        theirs == (*all)[0]
            ? ""
            : absl::StrCat("ends with crc32c=", theirs, ", rank 0 with ",
                           (*all)[0],
                           "; do all hosts have the same CPUs and build?"));
  return CombineRanks("bits", absl::StrCat("crc32c=", mine), problems);
}

}  // namespace

absl::StatusOr<ParityResult> CheckParity(
    Communicator& comm, const ParityCase& parity,
    const std::function<void()>& progress) {
  const Images images = RandomImages(parity.images, parity.type);
  ParityResult result;
  Deviation worst;
  std::string checksums;
  for (const BucketCaps& caps : parity.caps) {
    ParityRun run(comm, parity, images, caps);
    const absl::Status status = run.Start();
    if (!status.ok()) return status;
    for (int step = 0; step < kSteps; ++step) {
      progress();
      auto deviation = run.Step();
      if (!deviation.ok()) return deviation.status();
      if (!deviation->WorseThan(worst)) continue;
      worst = *std::move(deviation);
      worst.where =
          absl::StrCat("step ", step, " with buckets of ", caps.first_bytes,
                       " and ", caps.bytes, " bytes");
    }
    absl::StrAppend(&checksums, checksums.empty() ? "" : ",",
                    ParameterChecksum(run.net()));
    if (!run.net().buffers().empty())
      absl::StrAppend(&checksums, "+", Checksum(run.net().buffers()));
    result.plan = run.plan();
  }
  auto gradients = Judge(comm, parity.name, worst,
                         kSteps * static_cast<int>(parity.caps.size()));
  if (!gradients.ok()) return gradients.status();
  result.gradients = *std::move(gradients);
  auto bits = CompareBits(comm, checksums);
  if (!bits.ok()) return bits.status();
  result.bits = *std::move(bits);
  return result;
}

}  // namespace lockstep
