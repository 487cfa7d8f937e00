// Do the figures mean what docs/metrics.md says?  Schedules with programmed
// gradients and links, whose answers are known, go through the recorder and
// //analysis:tables; what is recorded must be the answer to the nanosecond.

#include <cmath>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record_io.h"
#include "tools/cli/testing_program.h"
#include "train/recorder.h"

namespace lockstep {
namespace {

// The schedules below are in this unit; odd, so that rounding shows.
constexpr int64_t kUnit = 1003;  // ns
constexpr int kSteps = 3;
constexpr int64_t kPeriod = 5000;        // units from step to step
constexpr int64_t kForwardEnds = 100;    // units since the step began
constexpr int64_t kBackwardEnds = 1000;  // of a rank that is not late

// One rank's gradients.
struct RankProgram {
  int64_t late = 0;            // its backward pass and gradients come later
  std::vector<int64_t> ready;  // of each bucket, if it were not late
};

// What the record must say of one rank and step.
struct RankAnswer {
  int64_t service, busy, exposed, peer_wait;
  std::vector<int64_t> starts;  // since the step began
};

struct Schedule {
  const char* name;
  std::vector<int64_t> delay;  // of each bucket, once all ranks are there
  std::vector<RankProgram> ranks;
  std::vector<RankAnswer> answers;  // by rank
  int64_t transfer;                 // a step
  double overlap_percent;           // of the median rank
  std::vector<int64_t> skew;        // of each bucket
};

const std::vector<Schedule>& Schedules() {
  static const auto* schedules = new std::vector<Schedule>{
      {"fully hidden",
       {100, 150},
       {{0, {200, 600}}, {0, {200, 600}}},
       {{250, 250, 0, 0, {200, 600}}, {250, 250, 0, 0, {200, 600}}},
       250,
       100,
       {0, 0}},
      {"fully exposed",
       {300},
       {{0, {1000}}, {0, {1000}}},
       {{300, 300, 300, 0, {1000}}, {300, 300, 300, 0, {1000}}},
       300,
       0,
       {0}},
      // 100..600, 600..1100, 1100..1600 of which 600 lie after 1000.
      {"queueing",
       {500, 500, 500},
       {{0, {100, 200, 300}}, {0, {100, 200, 300}}},
       {{1500, 1500, 600, 0, {100, 600, 1100}},
        {1500, 1500, 600, 0, {100, 600, 1100}}},
       1500,
       60,
       {0, 0, 0}},
      // Rank 1 is 400 late. Both end the first bucket at 800, where rank 0's
      // second one already queues: it waits for rank 1 again.
      {"late peer, queue behind it",
       {100, 50},
       {{0, {300, 500}}, {400, {300, 500}}},
       {{650, 650, 0, 500, {300, 800}}, {150, 150, 0, 0, {700, 900}}},
       150,
       100,
       {400, 100}},
      // The late rank's gradients come after the other's backward pass.
      {"late peer, exposed",
       {200},
       {{0, {900}}, {600, {900}}},
       {{800, 800, 700, 600, {900}}, {200, 200, 100, 0, {1500}}},
       200,
       20,
       {600}},
      {"one late of three",
       {100},
       {{0, {600}}, {0, {600}}, {200, {600}}},
       {{300, 300, 0, 200, {600}},
        {300, 300, 0, 200, {600}},
        {100, 100, 0, 0, {800}}},
       100,
       100,
       {200}},
  };
  return *schedules;
}

// An all-reduce ends on all ranks at once, `delay` after the last has begun it;
// a rank begins when its gradients are there and its link is free.
std::vector<StepTiming> Simulate(const Schedule& schedule, int64_t begin) {
  const size_t ranks = schedule.ranks.size();
  std::vector<StepTiming> timings(ranks);
  for (size_t b = 0; b < schedule.delay.size(); ++b) {
    int64_t last_start = 0;
    for (size_t r = 0; r < ranks; ++r) {
      BucketInterval interval;
      interval.ready_ns = schedule.ranks[r].ready[b] + schedule.ranks[r].late;
      interval.start_ns = interval.ready_ns;
      if (b > 0)
        interval.start_ns =
            std::max(interval.start_ns, timings[r].buckets[b - 1].end_ns);
      last_start = std::max(last_start, interval.start_ns);
      timings[r].buckets.push_back(interval);
    }
    for (StepTiming& rank : timings)
      rank.buckets[b].end_ns = last_start + schedule.delay[b];
  }
  for (size_t r = 0; r < ranks; ++r) {
    StepTiming& t = timings[r];
    const int64_t backward = kBackwardEnds + schedule.ranks[r].late;
    t.data_ns = 10;
    t.h2d_ns = 17;
    t.forward_ns = kForwardEnds;
    t.backward_ns = backward;
    t.comm_ns = std::max(backward, t.buckets.back().end_ns);
    t.optimizer_ns = t.comm_ns + 30;
    t.end_ns = t.optimizer_ns + 1;
    for (int64_t* at : {&t.begin_ns, &t.data_ns, &t.h2d_ns, &t.forward_ns,
                        &t.backward_ns, &t.comm_ns, &t.optimizer_ns, &t.end_ns})
      *at = (begin + *at) * kUnit;
    for (BucketInterval& i : t.buckets)
      for (int64_t* at : {&i.ready_ns, &i.start_ns, &i.end_ns})
        *at = (begin + *at) * kUnit;
  }
  return timings;
}

void MoveTo(const ClockOffset& clock, StepTiming& t) {
  for (int64_t* at : {&t.begin_ns, &t.data_ns, &t.h2d_ns, &t.forward_ns,
                      &t.backward_ns, &t.comm_ns, &t.optimizer_ns, &t.end_ns})
    *at += clock.offset_ns;
  for (BucketInterval& i : t.buckets)
    for (int64_t* at : {&i.ready_ns, &i.start_ns, &i.end_ns})
      *at += clock.offset_ns;
}

// A rank's clock counts from the boot of its host.
ClockOffset ClockOf(size_t rank) {
  const auto r = static_cast<int64_t>(rank);
  return {-r * 86400 * 1000000000, r * 3};
}

// The record of measured epoch 1, three steps, at the path.
void WriteRecordOf(const Schedule& schedule, const std::string& path) {
  TrainOptions options = *OptionsFromFlags();
  LaunchInfo launch;
  launch.world_size = schedule.ranks.size();
  RunFacts facts;
  facts.gradient_bytes = 4000 * schedule.delay.size();
  for (int r = 0; r < launch.world_size; ++r) {
    launch.rank = r;
    facts.ranks.push_back(DescribeThisRank(launch, 1, ClockOf(r)));
  }
  auto recorder = Recorder::Create(path, options, launch, facts);
  ASSERT_TRUE(recorder.ok()) << recorder.status();
  const std::vector<PlannedBucket> plan(schedule.delay.size(), {4000, {}});
  ASSERT_TRUE((*recorder)->WriteBucketPlan(0, plan).ok());
  std::vector<std::vector<StepTiming>> timings(launch.world_size);
  for (int step = 0; step < kSteps; ++step) {
    const auto ranks = Simulate(schedule, 1000000 + step * kPeriod);
    for (size_t r = 0; r < ranks.size(); ++r) {
      timings[r].push_back(ranks[r]);
      MoveTo(ClockOf(r), timings[r].back());
    }
  }
  EpochFacts epoch;
  epoch.epoch = 1;
  epoch.first_step = kSteps;
  epoch.images_per_step.assign(kSteps, 8);
  ASSERT_TRUE((*recorder)->WriteEpoch(epoch, timings).ok());
  ASSERT_TRUE((*recorder)->WriteEnd(absl::OkStatus(), kSteps, "").ok());
}

int64_t Nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

class TimingDefinitions : public ::testing::TestWithParam<Schedule> {
 protected:
  void SetUp() override {
    path_ = absl::StrCat(::testing::TempDir(), "/run", getpid(), ".rec");
    unlink(path_.c_str());
    WriteRecordOf(GetParam(), path_);
  }

  std::string path_;
};

TEST_P(TimingDefinitions, EpochHoldsTheAnswersExactly) {
  const Schedule& schedule = GetParam();
  const RecordFile file = *ReadRecordFile(path_);
  const Epoch& epoch = file.records[file.records.size() - 2].epoch();
  EXPECT_EQ(Nanoseconds(epoch.transfer_s_sum()),
            kSteps * schedule.transfer * kUnit);
  for (size_t r = 0; r < schedule.ranks.size(); ++r) {
    const RankEpoch& rank = epoch.ranks(r);
    const RankAnswer& answer = schedule.answers[r];
    EXPECT_EQ(Nanoseconds(rank.service_comm_s()),
              kSteps * answer.service * kUnit);
    EXPECT_EQ(Nanoseconds(rank.busy_comm_s()), kSteps * answer.busy * kUnit);
    EXPECT_EQ(Nanoseconds(rank.exposed_comm_s()),
              kSteps * answer.exposed * kUnit);
    EXPECT_EQ(Nanoseconds(rank.peer_wait_s()),
              kSteps * answer.peer_wait * kUnit);
    EXPECT_EQ(Nanoseconds(rank.data_s()), kSteps * 10 * kUnit);
    EXPECT_EQ(Nanoseconds(rank.host_to_device_s()), kSteps * 7 * kUnit);
    EXPECT_EQ(Nanoseconds(rank.forward_s()), kSteps * 83 * kUnit);
    EXPECT_EQ(Nanoseconds(rank.backward_s()),
              kSteps * (900 + schedule.ranks[r].late) * kUnit);
    EXPECT_EQ(Nanoseconds(rank.optimizer_s()), kSteps * 30 * kUnit);
  }
}

TEST_P(TimingDefinitions, SampledStepsHoldThemToo) {
  const Schedule& schedule = GetParam();
  const RecordFile file = *ReadRecordFile(path_);
  int steps = 0;
  for (const Record& record : file.records) {
    if (!record.has_step()) continue;
    ++steps;
    for (size_t r = 0; r < schedule.ranks.size(); ++r) {
      const RankStep& rank = record.step().ranks(r);
      const RankAnswer& answer = schedule.answers[r];
      EXPECT_EQ(Nanoseconds(rank.exposed_comm_s()), answer.exposed * kUnit);
      EXPECT_EQ(Nanoseconds(rank.host_to_device_s()), 7 * kUnit);
      int64_t service = 0;
      for (int b = 0; b < rank.buckets_size(); ++b) {
        EXPECT_EQ(rank.buckets(b).start_ns(), answer.starts[b] * kUnit);
        service += rank.buckets(b).end_ns() - rank.buckets(b).start_ns();
      }
      EXPECT_EQ(service, answer.service * kUnit);
    }
  }
  EXPECT_EQ(steps, kSteps);
}

// The rows of the CSV table `name`, each by column.
std::vector<std::map<std::string, double>> TableOf(const std::string& csv,
                                                   const std::string& name) {
  const size_t at = csv.find(absl::StrCat("# ", name, "\n"));
  if (at == std::string::npos) return {};
  const std::vector<std::string> lines =
      absl::StrSplit(csv.substr(at, csv.find("\n\n", at) - at), '\n');
  const std::vector<std::string> columns = absl::StrSplit(lines[1], ',');
  std::vector<std::map<std::string, double>> rows;
  for (size_t i = 2; i < lines.size(); ++i) {
    const std::vector<std::string> fields = absl::StrSplit(lines[i], ',');
    rows.emplace_back();
    for (size_t c = 0; c < columns.size(); ++c)
      if (!absl::SimpleAtod(fields[c], &rows.back()[columns[c]]))
        rows.back().erase(columns[c]);
  }
  return rows;
}

double MedianRank(const Schedule& schedule, int64_t RankAnswer::*field) {
  std::vector<int64_t> values;
  for (const RankAnswer& answer : schedule.answers)
    values.push_back(answer.*field);
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2.0 * kUnit;
}

TEST_P(TimingDefinitions, TablesShowTheAnswers) {
  const Schedule& schedule = GetParam();
  const ProgramResult result =
      RunProgram(absl::StrCat("analysis/tables --format csv ", path_));
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto overlap = TableOf(result.out, "overlap");
  ASSERT_EQ(overlap.size(), 1);
  const auto& row = overlap[0];
  EXPECT_NEAR(row.at("busy_ms"), MedianRank(schedule, &RankAnswer::busy) / 1e6,
              1e-8);
  EXPECT_NEAR(row.at("exposed_ms"),
              MedianRank(schedule, &RankAnswer::exposed) / 1e6, 1e-8);
  EXPECT_NEAR(row.at("peer_wait_ms"),
              MedianRank(schedule, &RankAnswer::peer_wait) / 1e6, 1e-8);
  EXPECT_NEAR(row.at("overlap_percent"), schedule.overlap_percent, 1e-6);
  const auto bandwidth = TableOf(result.out, "bandwidth");
  ASSERT_EQ(bandwidth.size(), 1);
  EXPECT_NEAR(bandwidth[0].at("transfer_s"),
              kSteps * schedule.transfer * kUnit / 1e9, 1e-12);
}

TEST_P(TimingDefinitions, SkewIsThatOfOneClock) {
  const Schedule& schedule = GetParam();
  const ProgramResult result =
      RunProgram(absl::StrCat("analysis/tables --format csv ", path_));
  const auto skew = TableOf(result.out, "start_skew");
  ASSERT_EQ(skew.size(), schedule.skew.size()) << result.out;
  for (size_t b = 0; b < skew.size(); ++b) {
    EXPECT_EQ(skew[b].at("bucket"), b);
    EXPECT_NEAR(skew[b].at("start_skew_us"), schedule.skew[b] * kUnit / 1e3,
                1e-6);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Schedule>& info) {
  std::string name = info.param.name;
  for (char& c : name)
    if (!isalnum(c)) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Schedules, TimingDefinitions,
                         ::testing::ValuesIn(Schedules()), NameOf);

}  // namespace
}  // namespace lockstep
