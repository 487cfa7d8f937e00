// Does the real reducer measure what happens?  Gradients that appear at
// programmed moments of backward go through it, over a communicator whose
// reductions take programmed times; the answers follow from the program alone.
// train/timing_definitions_test.cc does the same behind the reducer, exactly.
//
// A busy machine makes things late, never early: figures may be larger than
// the answers by kLate, but smaller only by what the moments around them are
// late. The best of a few tries counts; wrong definitions are off by 40 ms or
// more in all of them.

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "train/comm/in_process_communicator.h"
#include "train/comm/testing_ranks.h"
#include "train/reducer.h"
#include "train/testing_record_figures.h"

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kTries = 3;
constexpr double kEarly = 5, kLate = 25;  // ms
// From the agreement on the moment 0 to it: all ranks are in backward by then.
constexpr int64_t kLead = 30;  // ms

int64_t Nanoseconds(double ms) { return static_cast<int64_t>(ms * 1e6); }

// Milliseconds after the moment 0 of a step.
struct Program {
  const char* name;
  std::vector<double> ready;  // of each gradient, a bucket each
  std::vector<double> delay;  // of its reduction
  double backward_end;
  double late = 0;  // everything, on the last rank
  bool overlap = true;
};

const Program kPrograms[] = {
    {"Hidden", {40, 120}, {40, 40}, 240},
    {"Exposed", {120}, {80}, 120},
    {"Queueing", {40, 60, 80}, {80, 80, 80}, 160},
    {"LatePeer", {80, 160}, {40, 40}, 200, 100},
    {"OverlapOff", {40, 80}, {60, 60}, 120, 0, false},
};

// Of one rank, ms after the moment 0.
struct Answer {
  std::vector<double> ready, start, end;
  double backward_end = 0;
  RankFigures figures;
};

struct Answers {
  std::vector<Answer> ranks;
  double transfer = 0;
};

// As in_process_communicator.h says: a reduction begins when it is handed over
// or the one before it has ended; it ends `delay` later, but not before the
// last rank has begun it.
Answers Solve(const Program& program, int world_size) {
  Answers all;
  all.ranks.resize(world_size);
  for (size_t b = 0; b < program.ready.size(); ++b) {
    double last_start = 0, shortest = HUGE_VAL;
    for (int r = 0; r < world_size; ++r) {
      Answer& rank = all.ranks[r];
      const double late = r + 1 == world_size ? program.late : 0;
      rank.backward_end = program.backward_end + late;
      rank.ready.push_back(program.ready[b] + late);
      double start = program.overlap ? rank.ready[b] : rank.backward_end;
      if (b > 0) start = std::max(start, rank.end[b - 1]);
      rank.start.push_back(start);
      last_start = std::max(last_start, start);
    }
    for (Answer& rank : all.ranks) {
      rank.end.push_back(
          std::max(last_start, rank.start[b] + program.delay[b]));
      const double duration = rank.end[b] - rank.start[b];
      rank.figures.service_ms += duration;
      shortest = std::min(shortest, duration);
    }
    all.transfer += shortest;
  }
  for (Answer& rank : all.ranks) {
    rank.figures.busy_ms = rank.figures.service_ms;  // one at a time
    rank.figures.exposed_ms =
        std::max(0.0, rank.end.back() - rank.backward_end);
    rank.figures.peer_wait_ms = rank.figures.service_ms - all.transfer;
  }
  return all;
}

// When this rank's gradients must appear; steady-clock nanoseconds.
struct Moments {
  std::vector<int64_t> ready;  // [parameters]
  int64_t backward_end = 0;
};

void WaitUntil(int64_t moment_ns) {
  while (SteadyNanoseconds() < moment_ns) std::this_thread::yield();
}

// Passes `x` on; its backward pass ends at moments[index] and yields ones.
class GradientAt : public torch::autograd::Function<GradientAt> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& parameter,
                            const int64_t* moment_ns) {
    context->saved_data["elements"] = parameter.numel();
    context->saved_data["moment"] = reinterpret_cast<int64_t>(moment_ns);
    return x.clone();
  }
  static variable_list backward(AutogradContext* context,
                                variable_list outputs) {
    const int64_t elements = context->saved_data["elements"].toInt();
    WaitUntil(*reinterpret_cast<const int64_t*>(
        context->saved_data["moment"].toInt()));
    return {outputs[0], at::ones({elements}), at::Tensor()};
  }
};

// A net whose gradients appear when the program says, the last parameter's
// first.
class ProgrammedNet {
 public:
  explicit ProgrammedNet(size_t parameters) {
    for (size_t i = 0; i < parameters; ++i)
      parameters_.push_back(
          {absl::StrCat("p", i), at::zeros({100}).requires_grad_()});
  }

  const std::vector<NamedTensor>& parameters() const { return parameters_; }

  at::Tensor Forward(const Moments& moments) const {
    at::Tensor x = GradientAt::apply(at::zeros({1}).requires_grad_(),
                                     at::zeros({1}), &moments.backward_end);
    const size_t n = parameters_.size();
    for (size_t i = 0; i < n; ++i)
      x = GradientAt::apply(x, parameters_[i].tensor,
                            &moments.ready[n - 1 - i]);
    return x;
  }

 private:
  std::vector<NamedTensor> parameters_;
};

struct Measured {
  int64_t zero_ns = 0;  // the moment 0
  std::vector<StepTiming> ranks;
};

// One step of a rank whose moment 0 is set, by all ranks, after forward.
StepTiming TakeStep(const ProgrammedNet& net, Reducer& reducer,
                    const Answer& answer,
                    const std::function<int64_t()>& zero) {
  Moments moments;
  moments.ready.resize(answer.ready.size());
  reducer.PrepareStep({});
  const at::Tensor loss = net.Forward(moments);
  StepTiming t;
  t.forward_ns = zero();
  t.begin_ns = t.data_ns = t.h2d_ns = t.forward_ns;
  for (size_t i = 0; i < answer.ready.size(); ++i)
    moments.ready[i] = t.forward_ns + Nanoseconds(answer.ready[i]);
  moments.backward_end = t.forward_ns + Nanoseconds(answer.backward_end);
  loss.backward();
  t.backward_ns = SteadyNanoseconds();
  EXPECT_TRUE(reducer.Finish().ok());
  t.buckets = reducer.Timings();
  t.comm_ns = SteadyNanoseconds();
  t.optimizer_ns = t.end_ns = t.comm_ns;
  return t;
}

// The second step of all ranks; the first one settles the plan.
Measured Measure(const Program& program, const Answers& answers) {
  const int world_size = answers.ranks.size();
  InProcessOptions options;
  options.world_size = world_size;
  options.timeout = std::chrono::seconds(60);
  options.delay = [&](int64_t, int collective) {
    return std::chrono::nanoseconds(
        Nanoseconds(program.delay[collective % program.delay.size()]));
  };
  InProcessHub hub(options);
  std::atomic<int64_t> zero_ns{0};
  Measured measured;
  measured.ranks.resize(world_size);
  const ConnectRank connect =
      [&](int rank) -> absl::StatusOr<std::unique_ptr<Communicator>> {
    return hub.Join(rank);
  };
  RunRanks(world_size, connect, [&](Communicator& comm) {
    const ProgrammedNet net(program.ready.size());
    ReducerOptions how;
    how.caps = {1, 1};  // each gradient alone
    how.overlap = program.overlap;
    Reducer reducer(net.parameters(), comm, how);
    ASSERT_TRUE(reducer.Start().ok());
    const auto zero = [&] {
      if (comm.rank() == 0) zero_ns = SteadyNanoseconds() + kLead * 1000000;
      EXPECT_TRUE(comm.Barrier().ok());
      return zero_ns.load();
    };
    for (int step = 0; step < 2; ++step)
      measured.ranks[comm.rank()] =
          TakeStep(net, reducer, answers.ranks[comm.rank()], zero);
  });
  measured.zero_ns = zero_ns;
  return measured;
}

// Collects what lies outside [answer - kEarly, answer + kLate].
class Comparison {
 public:
  void Add(const std::string& what, double answer, double figure) {
    if (figure >= answer - kEarly && figure <= answer + kLate) return;
    absl::StrAppend(&problems_, what, ": ", figure, " ms, expected ", answer,
                    "\n");
  }
  const std::string& problems() const { return problems_; }

 private:
  std::string problems_;
};

void CompareBuckets(const Answer& answer, const StepTiming& t, int64_t zero_ns,
                    const std::string& rank, Comparison& comparison) {
  ASSERT_EQ(t.buckets.size(), answer.ready.size());
  const auto ms = [&](int64_t ns) { return (ns - zero_ns) * 1e-6; };
  for (size_t b = 0; b < t.buckets.size(); ++b) {
    const std::string bucket = absl::StrCat(rank, " bucket ", b);
    comparison.Add(bucket + " ready", answer.ready[b],
                   ms(t.buckets[b].ready_ns));
    comparison.Add(bucket + " start", answer.start[b],
                   ms(t.buckets[b].start_ns));
    comparison.Add(bucket + " end", answer.end[b], ms(t.buckets[b].end_ns));
  }
}

void CompareFigures(const Answers& answers, const RecordFigures& figures,
                    Comparison& comparison) {
  comparison.Add("transfer", answers.transfer, figures.transfer_ms);
  ASSERT_EQ(figures.ranks.size(), answers.ranks.size());
  for (size_t r = 0; r < figures.ranks.size(); ++r) {
    const RankFigures &answer = answers.ranks[r].figures,
                      &figure = figures.ranks[r];
    const std::string rank = absl::StrCat("rank ", r);
    comparison.Add(rank + " exposed", answer.exposed_ms, figure.exposed_ms);
    comparison.Add(rank + " busy", answer.busy_ms, figure.busy_ms);
    comparison.Add(rank + " service", answer.service_ms, figure.service_ms);
    comparison.Add(rank + " peer wait", answer.peer_wait_ms,
                   figure.peer_wait_ms);
  }
}

// "" or what was off.
std::string Try(const Program& program, int world_size, int attempt) {
  const Answers answers = Solve(program, world_size);
  const Measured measured = Measure(program, answers);
  Comparison comparison;
  for (int r = 0; r < world_size; ++r)
    CompareBuckets(answers.ranks[r], measured.ranks[r], measured.zero_ns,
                   absl::StrCat("rank ", r), comparison);
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/", getpid(), program.name,
                   world_size, "-", attempt, ".rec");
  CompareFigures(answers, FiguresInRecord(measured.ranks, path), comparison);
  return comparison.problems();
}

class TimingSelftest
    : public ::testing::TestWithParam<std::tuple<Program, int>> {};

TEST_P(TimingSelftest, FiguresAreTheProgrammedOnes) {
  const auto& [program, world_size] = GetParam();
  std::string problems = "not tried";
  for (int i = 0; i < kTries && !problems.empty(); ++i)
    problems = Try(program, world_size, i);
  EXPECT_EQ(problems, "");
}

INSTANTIATE_TEST_SUITE_P(Programs, TimingSelftest,
                         ::testing::Combine(::testing::ValuesIn(kPrograms),
                                            ::testing::Values(2, 3)),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param).name,
                                               "P", std::get<1>(info.param));
                         });

// The answers themselves, by hand: rank 0 waits for rank 1, 100 ms late, twice.
TEST(TimingSelftestAnswers, LatePeer) {
  const Answers answers = Solve(kPrograms[3], 2);
  EXPECT_EQ(answers.transfer, 80);
  EXPECT_EQ(answers.ranks[0].figures.peer_wait_ms, 100);
  EXPECT_EQ(answers.ranks[0].figures.exposed_ms, 60);
  EXPECT_EQ(answers.ranks[1].figures.peer_wait_ms, 0);
  EXPECT_EQ(answers.ranks[1].figures.exposed_ms, 0);
}

TEST(TimingSelftestAnswers, QueueingAndOverlapOff) {
  const Answers queueing = Solve(kPrograms[2], 2), off = Solve(kPrograms[4], 3);
  EXPECT_EQ(queueing.ranks[0].figures.exposed_ms, 120);
  EXPECT_EQ(queueing.ranks[0].figures.service_ms, 240);
  EXPECT_EQ(off.ranks[2].figures.exposed_ms, 120);
  EXPECT_EQ(off.ranks[2].figures.service_ms, 120);
}

}  // namespace
}  // namespace lockstep
