#include "train/selfcheck/parity.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
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

// All gradients of a net as one vector in fp64.
at::Tensor GradientOf(const Net& net) {
  std::vector<at::Tensor> parts;
  for (const NamedTensor& p : net.parameters())
    parts.push_back(p.tensor.grad().reshape({-1}).to(at::kDouble));
  return at::cat(parts);
}

double Norm(const at::Tensor& vector) { return vector.norm().item<double>(); }

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

// The largest relative error of rounding to a type.
double RoundingOf(at::ScalarType type) {
  switch (type) {
    case at::kBFloat16:
      return std::ldexp(1, -9);
    case at::kHalf:
      return std::ldexp(1, -12);
    case at::kFloat:
      return std::ldexp(1, -24);
    default:
      return std::ldexp(1, -53);
  }
}

// The 2-norm of the error that a sum over P ranks may have. Each of P addends
// g_r is rounded once when it is copied in, and each of P - 1 partial sums
// once, each time by at most u of its size. A partial sum is at
// most sum |g_r|, element by element, and the norm of that at most S = sum of
// the norms of the g_r: P u S together. Weights and products with them are
// rounded to fp32 before: 2 u_32 S. 1 % more for products of roundings. Below
// 2^-14 fp16's steps are 2^-24 wide: 2^-25 for each of the 2 P - 1 roundings of
// each of n elements.
double SumError(at::ScalarType wire, int world_size, double sum_of_norms,
                int64_t elements) {
  const double relative =
      world_size * RoundingOf(wire) + 2 * RoundingOf(at::kFloat);
  const double step = wire == at::kHalf ? std::ldexp(1, -25) : 0;
  return 1.01 * relative * sum_of_norms +
         (2 * world_size - 1) * step * std::sqrt(elements);
}

// Relative to the gradient's norm.
struct Deviation {
  double error = 0;
  double bound = 1;
  std::string where;  // "step 3 with buckets of 1 and 20000 bytes"

  bool ok() const { return error <= bound; }  // not for a NaN
  double badness() const {
    return std::isnan(error) ? HUGE_VAL : error / bound;
  }
  bool operator<(const Deviation& other) const {
    return badness() < other.badness();
  }
};

// One step's.
struct StepDeviations {
  Deviation alone, sums;
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

  absl::StatusOr<StepDeviations> Step() {
    if (parity_.alone) StepAlone();
    const absl::Status status = StepTogether();
    if (!status.ok()) return status;
    const at::Tensor mean = GradientOf(net_);
    StepDeviations deviations;
    const double wire_error =
        SumError(parity_.wire, comm_.world_size(), sum_of_norms_, mean.numel());
    deviations.sums = Compare(mean, sum_, 0, wire_error);
    if (parity_.alone && parity_.type == at::kDouble)
      deviations.alone = Compare(mean, GradientOf(alone_), 1e-10, 0);
    else if (parity_.alone)
      deviations.alone = Compare(mean, GradientOf(alone_), 1e-6,
                                 parity_.wire == parity_.type ? 0 : wire_error);
    Descend(net_);
    return deviations;
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

  static Deviation Compare(const at::Tensor& actual, const at::Tensor& expected,
                           double relative, double absolute) {
    const double norm = Norm(expected);
    return {Norm(actual - expected) / norm, relative + absolute / norm, ""};
  }

  void StepAlone() {
    CopyParameters(net_, alone_);
    ClearGradients(alone_.parameters());
    Loss(alone_, images_, 0, parity_.images).backward();
  }

  // The distributed step; also sums the ranks' own gradients in fp64.
  absl::Status StepTogether() {
    const int64_t first = FirstOf(comm_.rank()),
                  last = FirstOf(comm_.rank() + 1);
    group_.idle = first == last;
    group_.weight = static_cast<double>(last - first) / parity_.images;
    reducer_.PrepareStep({group_.weight});
    if (group_.idle) {
      (Loss(net_, images_, 0, 1) * 0).backward();
    } else {
      Loss(net_, images_, first, last).backward();
    }
    sum_ = GradientOf(net_).mul_(group_.weight);
    at::Tensor norms = at::full({1}, Norm(sum_), at::kDouble);
    absl::Status status = reducer_.Finish();
    if (status.ok()) status = comm_.AllReduceSum(sum_)->Wait();
    if (status.ok()) status = comm_.AllReduceSum(norms)->Wait();
    sum_of_norms_ = norms.item<double>();
    return status;
  }

  Communicator& comm_;
  const ParityCase& parity_;
  const Images& images_;
  BatchNormGroup group_;
  Net net_, alone_;
  Reducer reducer_;
  at::Tensor sum_;  // of the ranks' weighted gradients
  double sum_of_norms_ = 0;
};

// Gathers the deviation that every rank goes by.
absl::StatusOr<Check> Judge(Communicator& comm, const std::string& name,
                            const Deviation& mine, int steps) {
  const auto all = comm.AllGather(
      absl::StrFormat("%g|%g|%s", mine.error, mine.bound, mine.where));
  if (!all.ok()) return all.status();
  std::vector<std::string> problems;
  std::vector<Deviation> ranks;
  for (const std::string& text : *all) {
    const std::vector<std::string> words = absl::StrSplit(text, '|');
    Deviation rank;
    if (words.size() != 3 || !absl::SimpleAtod(words[0], &rank.error) ||
        !absl::SimpleAtod(words[1], &rank.bound))
      return absl::InternalError("a rank checked gradients of another build");
    ranks.push_back(rank);
    problems.push_back(
        rank.ok() ? ""
                  : absl::StrFormat(
                        "error %.2g > %.2g in %s; check memory and network, "
                        "and that all hosts run the same build",
                        rank.error, rank.bound, words[2]));
  }
  const Deviation& worst = *std::max_element(ranks.begin(), ranks.end());
  return CombineRanks(name,
                      absl::StrFormat("error=%.2g <= %.2g | steps=%d",
                                      worst.error, worst.bound, steps),
                      problems);
}

// The bits of all nets that a rank ended with.
absl::StatusOr<Check> CompareBits(Communicator& comm, const std::string& name,
                                  const std::string& mine) {
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
  return CombineRanks(name, absl::StrCat("crc32c=", mine), problems);
}

// The checksums of what a run ended with.
std::string ChecksumsOf(const Net& net) {
  const std::string parameters = ParameterChecksum(net);
  return net.buffers().empty()
             ? parameters
             : absl::StrCat(parameters, "+", Checksum(net.buffers()));
}

// What a rank saw in all steps of a case.
struct Seen {
  std::vector<Deviation> alone, sums;
  std::vector<std::string> checksums;  // one a cap
};

absl::Status TakeSteps(ParityRun& run, const BucketCaps& caps,
                       const std::function<void()>& progress, Seen& seen) {
  const absl::Status status = run.Start();
  if (!status.ok()) return status;
  for (int step = 0; step < kSteps; ++step) {
    progress();
    auto deviations = run.Step();
    if (!deviations.ok()) return deviations.status();
    const std::string where =
        absl::StrCat("step ", step, " with buckets of ", caps.first_bytes,
                     " and ", caps.bytes, " bytes");
    deviations->alone.where = deviations->sums.where = where;
    seen.alone.push_back(deviations->alone);
    seen.sums.push_back(deviations->sums);
  }
  seen.checksums.push_back(ChecksumsOf(run.net()));
  return absl::OkStatus();
}

// The worst step in fp64; the median one where a ReLU may flip in a few.
Deviation CountingStep(std::vector<Deviation> steps, at::ScalarType type) {
  std::sort(steps.begin(), steps.end());
  return type == at::kDouble ? steps.back() : steps[steps.size() / 2];
}

}  // namespace

absl::StatusOr<ParityResult> CheckParity(
    Communicator& comm, const ParityCase& parity,
    const std::function<void()>& progress) {
  const Images images = RandomImages(parity.images, parity.type);
  ParityResult result;
  Seen seen;
  for (const BucketCaps& caps : parity.caps) {
    ParityRun run(comm, parity, images, caps);
    const absl::Status status = TakeSteps(run, caps, progress, seen);
    if (!status.ok()) return status;
    result.plan = run.plan();
  }
  std::vector<absl::StatusOr<Check>> checks;
  const int steps = seen.sums.size();
  if (parity.alone)
    checks.push_back(Judge(comm, absl::StrCat("gradients ", parity.name),
                           CountingStep(seen.alone, parity.type), steps));
  if (parity.wire != at::kDouble)
    checks.push_back(
        Judge(comm, absl::StrCat("sums ", parity.name),
              *std::max_element(seen.sums.begin(), seen.sums.end()), steps));
  checks.push_back(CompareBits(comm, absl::StrCat("bits ", parity.name),
                               absl::StrJoin(seen.checksums, ",")));
  for (auto& check : checks) {
    if (!check.ok()) return check.status();
    result.checks.push_back(*std::move(check));
  }
  return result;
}

}  // namespace lockstep
