#include "train/reducer.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/promote_types.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

// What must be equal on all ranks: names, shapes, types.
std::string Fingerprint(const std::vector<NamedTensor>& parameters) {
  std::string text;
  for (const NamedTensor& p : parameters)
    absl::StrAppend(&text, p.name, "[", absl::StrJoin(p.tensor.sizes(), ","),
                    "]", c10::toString(p.tensor.scalar_type()), ";");
  return text;
}

// The type that holds gradients of all parameters.
at::ScalarType AverageType(const std::vector<NamedTensor>& parameters) {
  const at::ScalarType type = parameters[0].tensor.scalar_type();
  return at::isReducedFloatingType(type) ? at::kFloat : type;
}

// `to` = gradient * weight, rounded once to the type of `to`.
void CopyScaled(const at::Tensor& gradient, double weight, at::Tensor to) {
  // A number of the CPU: it is not rounded to the gradient's type.
  const at::Tensor factor = at::scalar_tensor(weight, at::kDouble);
  if (to.scalar_type() == gradient.scalar_type()) {
    at::mul_out(to, gradient, factor);
  } else {
    // mul_out to a narrower type took 39 ms for 44 MB, these two 17 ms.
    const at::ScalarType wide =
        at::promote_types(gradient.scalar_type(), at::kFloat);
    to.copy_(at::mul(gradient.to(wide), factor));
  }
}

std::vector<int> ReversedOrder(size_t n) {
  std::vector<int> order(n);
  std::iota(order.rbegin(), order.rend(), 0);
  return order;
}

}  // namespace

Reducer::Reducer(std::vector<NamedTensor> parameters, Communicator& comm,
                 const ReducerOptions& options)
    : parameters_(std::move(parameters)),
      comm_(comm),
      options_(options),
      average_type_(AverageType(parameters_)),
      rebuilt_(options.order.size() == parameters_.size()) {
  HookGradients();
  BuildBuckets(FirstOrder());
  vote_ = at::zeros({}, buckets_[0].wire.options());
  vote_sum_ = vote_.clone();
}

std::vector<int> Reducer::FirstOrder() const {
  if (!rebuilt_) return ReversedOrder(parameters_.size());
  std::map<std::string, int> number_of;
  for (size_t i = 0; i < parameters_.size(); ++i)
    number_of[parameters_[i].name] = i;
  std::vector<int> order;
  for (const std::string& name : options_.order)
    order.push_back(number_of.at(name));
  return order;
}

Reducer::~Reducer() {
  // The accumulators live as long as the parameters; our hooks must not.
  for (size_t i = 0; i < accumulators_.size(); ++i)
    accumulators_[i]->del_post_hook(hooks_[i]);
}

void Reducer::HookGradients() {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    auto accumulator =
        torch::autograd::impl::grad_accumulator(parameters_[i].tensor);
    hooks_.push_back(accumulator->add_post_hook(
        std::make_unique<torch::autograd::utils::LambdaPostHook>(
            [this, i](const variable_list& outputs, const variable_list&) {
              OnGradient(i);
              return outputs;
            })));
    // A variable holds its accumulator weakly.
    accumulators_.push_back(std::move(accumulator));
  }
}

void Reducer::BuildBuckets(const std::vector<int>& order) {
  std::vector<int64_t> bytes;
  // Of the averages' type whatever the wire's, so that a narrow wire has as
  // many buckets, and as much overlap, as a wide one.
  for (const NamedTensor& p : parameters_)
    bytes.push_back(p.tensor.numel() * c10::elementSize(average_type_));
  const auto plan = PlanBuckets(order, bytes, options_.caps);
  buckets_.clear();
  bucket_of_.assign(parameters_.size(), 0);
  views_.resize(parameters_.size());
  wire_views_.resize(parameters_.size());
  for (const std::vector<int>& members : plan)
    buckets_.push_back(
        BuildBucket(members, buckets_.size() + 1 == plan.size()));
}

Reducer::Bucket Reducer::BuildBucket(std::vector<int> parameters, bool last) {
  Bucket bucket;
  for (int p : parameters) bucket.elements += parameters_[p].tensor.numel();
  const at::TensorOptions options =
      parameters_[0].tensor.options().dtype(average_type_);
  bucket.wire =
      at::empty({bucket.elements + last}, options.dtype(options_.wire));
  bucket.gradient = options_.wire == average_type_
                        ? bucket.wire
                        : at::empty({bucket.elements}, options);
  int64_t offset = 0;
  for (int p : parameters) {
    const at::Tensor& t = parameters_[p].tensor;
    bucket_of_[p] = buckets_.size();
    wire_views_[p] = bucket.wire.as_strided(t.sizes(), t.strides(), offset);
    views_[p] = bucket.gradient.as_strided(t.sizes(), t.strides(), offset);
    offset += t.numel();
  }
  bucket.parameters = std::move(parameters);
  return bucket;
}

absl::Status Reducer::Start() {
  const auto fingerprints = comm_.AllGather(Fingerprint(parameters_));
  if (!fingerprints.ok()) return fingerprints.status();
  for (int r = 1; r < comm_.world_size(); ++r)
    if ((*fingerprints)[r] != (*fingerprints)[0])
      return absl::FailedPreconditionError(
          absl::StrCat("rank ", r,
                       " trains another net than rank 0; start all "
                       "ranks with the same flags"));
  at::NoGradGuard no_grad;
  // Through the flat buckets: a broadcast wants contiguous memory.
  for (size_t i = 0; i < parameters_.size(); ++i)
    views_[i].copy_(parameters_[i].tensor);
  for (Bucket& bucket : buckets_) {
    const absl::Status status = comm_.Broadcast(bucket.gradient, 0);
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < parameters_.size(); ++i)
    at::Tensor(parameters_[i].tensor).copy_(views_[i]);
  return absl::OkStatus();
}

void Reducer::PrepareStep(const StepOptions& step) {
  step_ = step;
  if (!options_.communicate) step_.weight = 1;
  armed_ = true;
  next_launch_ = 0;
  first_timings_.clear();
  arrivals_.clear();
  passes_left_.assign(parameters_.size(), step.passes);
  for (Bucket& bucket : buckets_) {
    bucket.missing = bucket.parameters.size();
    bucket.pending.reset();
  }
  buckets_.back().wire[buckets_.back().elements].copy_(vote_);
  ClearGradients(parameters_);
}

void Reducer::SetVote(bool vote) {
  if (vote == voted_) return;
  voted_ = vote;
  vote_.fill_(vote ? 1 : 0);
}

int Reducer::votes() const { return std::lround(vote_sum_.item<double>()); }

void Reducer::OnGradient(int parameter) {
  if (!armed_ || passes_left_[parameter] == 0) return;
  if (--passes_left_[parameter] > 0) return;
  at::NoGradGuard no_grad;
  CopyScaled(parameters_[parameter].tensor.grad(), step_.weight,
             wire_views_[parameter]);
  arrivals_.push_back(parameter);
  Bucket& bucket = buckets_[bucket_of_[parameter]];
  if (--bucket.missing > 0) return;
  bucket.ready_ns = SteadyNanoseconds();
  if (options_.overlap) LaunchReadyBuckets();
}

void Reducer::LaunchReadyBuckets() {
  while (next_launch_ < buckets_.size() &&
         buckets_[next_launch_].missing == 0) {
    Bucket& bucket = buckets_[next_launch_++];
    if (!options_.communicate) continue;
    bucket.pending = options_.reduce != nullptr
                         ? options_.reduce(comm_, bucket.wire)
                         : comm_.AllReduceSum(bucket.wire);
  }
}

absl::Status Reducer::CheckAllProduced() const {
  for (size_t i = 0; i < parameters_.size(); ++i)
    if (passes_left_[i] > 0)
      return absl::FailedPreconditionError(
          absl::StrCat("parameter ", parameters_[i].name,
                       " got no gradient: it does not contribute to the loss"));
  return absl::OkStatus();
}

// Waits for the sum and turns it into the averages' type.
absl::Status Reducer::Collect(Bucket& bucket) {
  if (bucket.pending != nullptr) {
    const absl::Status status = bucket.pending->Wait();
    if (!status.ok()) return status;
  }
  if (!bucket.gradient.is_same(bucket.wire))
    bucket.gradient.copy_(bucket.wire.narrow(0, 0, bucket.elements));
  return absl::OkStatus();
}

absl::Status Reducer::Finish() {
  armed_ = false;
  absl::Status status = CheckAllProduced();
  if (!status.ok()) return status;
  at::NoGradGuard no_grad;
  LaunchReadyBuckets();
  for (Bucket& bucket : buckets_) {
    status = Collect(bucket);
    if (!status.ok()) return status;
  }
  if (options_.communicate)
    vote_sum_ = buckets_.back().wire[buckets_.back().elements];
  for (size_t i = 0; i < parameters_.size(); ++i)
    at::Tensor(parameters_[i].tensor).mutable_grad() = views_[i];
  return rebuilt_ ? absl::OkStatus() : RebuildInArrivalOrder();
}

std::vector<BucketInterval> Reducer::Timings() const {
  if (!first_timings_.empty()) return first_timings_;
  std::vector<BucketInterval> timings;
  int64_t previous_end = 0;
  for (const Bucket& bucket : buckets_) {
    BucketInterval t = {bucket.ready_ns, bucket.ready_ns, bucket.ready_ns};
    if (bucket.pending != nullptr) t = bucket.pending->Times();
    // On a CPU the hook's stamp is the moment; a GPU was only told then.
    if (bucket.wire.is_cpu()) t.ready_ns = bucket.ready_ns;
    t.start_ns = std::max({t.start_ns, t.ready_ns, previous_end});
    t.end_ns = std::max(t.end_ns, t.start_ns);
    previous_end = t.end_ns;
    timings.push_back(t);
  }
  return timings;
}

absl::Status Reducer::RebuildInArrivalOrder() {
  rebuilt_ = true;
  at::Tensor order = at::tensor(arrivals_, at::kInt).to(comm_.device());
  const absl::Status status = comm_.Broadcast(order, 0);
  if (!status.ok()) return status;
  first_timings_ = Timings();
  // The gradients of this step stay where they are: the old flats live on in
  // the parameters' .grad() until the next PrepareStep().
  order = order.cpu();
  const int* numbers = order.data_ptr<int>();
  BuildBuckets({numbers, numbers + order.numel()});
  return absl::OkStatus();
}

std::vector<PlannedBucket> Reducer::plan() const {
  std::vector<PlannedBucket> plan;
  for (const Bucket& bucket : buckets_) {
    plan.push_back({bucket.elements * bucket.wire.element_size(), {}});
    for (int p : bucket.parameters)
      plan.back().parameters.push_back(parameters_[p].name);
  }
  return plan;
}

std::vector<std::string> Reducer::order() const {
  std::vector<std::string> names;
  for (const Bucket& bucket : buckets_)
    for (int p : bucket.parameters) names.push_back(parameters_[p].name);
  return names;
}

int64_t Reducer::gradient_bytes() const {
  int64_t bytes = 0;
  for (const PlannedBucket& bucket : plan()) bytes += bucket.bytes;
  return bytes;
}

}  // namespace lockstep
