#include "train/replicas.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/cat.h>

#include <exception>
#include <utility>

#include "absl/synchronization/blocking_counter.h"
#include "train/step_timing.h"

namespace lockstep {
namespace {

// Adds its own lifetime to `sum_ns`.
class Stopwatch {
 public:
  explicit Stopwatch(int64_t& sum_ns) : sum_ns_(sum_ns) {}
  ~Stopwatch() { sum_ns_ += SteadyNanoseconds() - begin_ns_; }

 private:
  int64_t& sum_ns_;
  const int64_t begin_ns_ = SteadyNanoseconds();
};

std::vector<at::Tensor> GradientsOf(const Net& net) {
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& p : net.parameters())
    gradients.push_back(p.tensor.grad());
  return gradients;
}

void Copy(const std::vector<NamedTensor>& from,
          const std::vector<NamedTensor>& to) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < from.size(); ++i)
    at::Tensor(to[i].tensor).copy_(from[i].tensor);
}

}  // namespace

Replicas::Replicas(Net& net, int count) : nets_{&net} {
  for (int r = 1; r < count; ++r) {
    copies_.push_back(std::make_unique<Net>(net.spec(), net.options()));
    nets_.push_back(copies_.back().get());
    threads_.push_back(std::make_unique<SerialThread>());
    // OpenMP's number of threads belongs to the thread that asks for them.
    threads_.back()->Post(at::init_num_threads);
  }
}

void Replicas::RunOn(int count, const Work& work) {
  std::vector<std::exception_ptr> errors(count);
  const Work caught = [&](int r) {
    try {
      work(r);
    } catch (...) {
      errors[r] = std::current_exception();
    }
  };
  absl::BlockingCounter others(count - 1);
  for (int r = 1; r < count; ++r)
    threads_[r - 1]->Post([&, r] {
      caught(r);
      others.DecrementCount();
    });
  caught(0);
  others.Wait();
  for (const std::exception_ptr& error : errors)
    if (error != nullptr) std::rethrow_exception(error);
}

at::Tensor Replicas::Forward(const at::Tensor& images) {
  Scatter(images);
  Replicate();
  RunOn(used(), [&](int r) {
    chunks_[r] = nets_[r]->Forward(chunks_[r], Mode::kTrain);
  });
  const Stopwatch gather(times_.gather_ns);
  const at::NoGradGuard no_grad;
  logits_ = at::cat(chunks_).requires_grad_();
  return logits_;
}

void Replicas::Scatter(const at::Tensor& images) {
  const Stopwatch scatter(times_.scatter_ns);
  chunks_ = images.chunk(nets_.size());
  for (int r = 1; r < used(); ++r) chunks_[r] = chunks_[r].clone();
}

// Running statistics, too: what a chunk did to those of a copy is forgotten.
void Replicas::Replicate() {
  const Stopwatch replicate(times_.replicate_ns);
  RunOn(used(), [&](int r) {
    if (r == 0) return;
    ClearGradients(nets_[r]->parameters());
    Copy(nets_[0]->parameters(), nets_[r]->parameters());
    Copy(nets_[0]->buffers(), nets_[r]->buffers());
  });
}

void Replicas::Backward() {
  std::vector<at::Tensor> gradients;
  {
    const Stopwatch scatter(times_.scatter_gradient_ns);
    gradients = logits_.grad().chunk(nets_.size());
    for (int r = 1; r < used(); ++r) gradients[r] = gradients[r].clone();
  }
  RunOn(used(), [&](int r) { chunks_[r].backward(gradients[r]); });
  Reduce();
}

void Replicas::Reduce() {
  const Stopwatch reduce(times_.reduce_ns);
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> sums = GradientsOf(*nets_[0]);
  for (int r = 1; r < used(); ++r)
    at::_foreach_add_(sums, GradientsOf(*nets_[r]));
}

ReplicaTimes Replicas::TakeTimes() { return std::exchange(times_, {}); }

}  // namespace lockstep
