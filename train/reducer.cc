#include "train/reducer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

int64_t BytesOf(const at::Tensor& t) { return t.numel() * t.element_size(); }

// What must be equal on all ranks: names, shapes, types.
std::string Fingerprint(const std::vector<NamedTensor>& parameters) {
  std::string text;
  for (const NamedTensor& p : parameters)
    absl::StrAppend(&text, p.name, "[", absl::StrJoin(p.tensor.sizes(), ","),
                    "]", c10::toString(p.tensor.scalar_type()), ";");
  return text;
}

std::vector<int> ReversedOrder(size_t n) {
  std::vector<int> order(n);
  std::iota(order.rbegin(), order.rend(), 0);
  return order;
}

}  // namespace

Reducer::Reducer(std::vector<NamedTensor> parameters, Communicator& comm,
                 const BucketCaps& caps)
    : parameters_(std::move(parameters)), comm_(comm), caps_(caps) {
  HookGradients();
  BuildBuckets(ReversedOrder(parameters_.size()));
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
  for (const NamedTensor& p : parameters_) bytes.push_back(BytesOf(p.tensor));
  buckets_.clear();
  bucket_of_.assign(parameters_.size(), 0);
  views_.resize(parameters_.size());
  for (std::vector<int>& members : PlanBuckets(order, bytes, caps_)) {
    int64_t elements = 0;
    for (int p : members) elements += parameters_[p].tensor.numel();
    Bucket bucket;
    bucket.flat =
        at::empty({elements}, parameters_[members[0]].tensor.options());
    int64_t offset = 0;
    for (int p : members) {
      const at::Tensor& t = parameters_[p].tensor;
      bucket_of_[p] = buckets_.size();
      views_[p] = bucket.flat.as_strided(t.sizes(), t.strides(), offset);
      offset += t.numel();
    }
    bucket.parameters = std::move(members);
    buckets_.push_back(std::move(bucket));
  }
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
  for (size_t i = 0; i < parameters_.size(); ++i) {
    // Through the flat bucket: a broadcast wants contiguous memory.
    views_[i].copy_(parameters_[i].tensor);
  }
  for (Bucket& bucket : buckets_) {
    const absl::Status status = comm_.Broadcast(bucket.flat, 0);
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < parameters_.size(); ++i)
    at::Tensor(parameters_[i].tensor).copy_(views_[i]);
  return absl::OkStatus();
}

void Reducer::PrepareStep(double weight) {
  weight_ = weight;
  armed_ = true;
  next_launch_ = 0;
  arrivals_.clear();
  produced_.assign(parameters_.size(), false);
  timings_.assign(buckets_.size(), {});
  for (Bucket& bucket : buckets_) {
    bucket.missing = bucket.parameters.size();
    bucket.pending.reset();
  }
  ClearGradients(parameters_);
}

void Reducer::OnGradient(int parameter) {
  if (!armed_ || produced_[parameter]) return;
  produced_[parameter] = true;
  at::NoGradGuard no_grad;
  at::mul_out(views_[parameter], parameters_[parameter].tensor.grad(),
              at::scalar_tensor(weight_, views_[parameter].options()));
  arrivals_.push_back(parameter);
  const int bucket = bucket_of_[parameter];
  if (--buckets_[bucket].missing > 0) return;
  timings_[bucket].ready_ns = SteadyNanoseconds();
  LaunchReadyBuckets();
}

void Reducer::LaunchReadyBuckets() {
  while (next_launch_ < buckets_.size() &&
         buckets_[next_launch_].missing == 0) {
    Bucket& bucket = buckets_[next_launch_++];
    bucket.pending = comm_.AllReduceSum(bucket.flat);
  }
}

absl::Status Reducer::Finish() {
  armed_ = false;
  for (size_t i = 0; i < parameters_.size(); ++i)
    if (!produced_[i])
      return absl::FailedPreconditionError(
          absl::StrCat("parameter ", parameters_[i].name,
                       " got no gradient: it does not contribute to the loss"));
  int64_t previous_end = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    const absl::Status status = buckets_[i].pending->Wait();
    if (!status.ok()) return status;
    BucketInterval& timing = timings_[i];
    timing.end_ns = buckets_[i].pending->Times().end_ns;
    timing.start_ns = std::max(timing.ready_ns, previous_end);
    timing.end_ns = std::max(timing.end_ns, timing.start_ns);
    previous_end = timing.end_ns;
  }
  for (size_t i = 0; i < parameters_.size(); ++i)
    at::Tensor(parameters_[i].tensor).mutable_grad() = views_[i];
  return rebuilt_ ? absl::OkStatus() : RebuildInArrivalOrder();
}

absl::Status Reducer::RebuildInArrivalOrder() {
  rebuilt_ = true;
  at::Tensor order = at::tensor(arrivals_, at::kInt);
  const absl::Status status = comm_.Broadcast(order, 0);
  if (!status.ok()) return status;
  // The gradients of this step stay where they are: the old flats live on in
  // the parameters' .grad() until the next PrepareStep().
  const int* numbers = order.data_ptr<int>();
  BuildBuckets({numbers, numbers + order.numel()});
  return absl::OkStatus();
}

std::vector<PlannedBucket> Reducer::plan() const {
  std::vector<PlannedBucket> plan;
  for (const Bucket& bucket : buckets_) {
    plan.push_back({BytesOf(bucket.flat), {}});
    for (int p : bucket.parameters)
      plan.back().parameters.push_back(parameters_[p].name);
  }
  return plan;
}

int64_t Reducer::gradient_bytes() const {
  int64_t bytes = 0;
  for (const Bucket& bucket : buckets_) bytes += BytesOf(bucket.flat);
  return bytes;
}

}  // namespace lockstep
