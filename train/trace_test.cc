#include "train/trace.h"

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

// A step of 1,000 ns that begins at `begin`: data 100, forward 200, backward
// 400, exposed 150, optimiser 50; the second bucket waits for the first.
StepTiming SomeStep(int64_t begin, int64_t h2d = 0) {
  StepTiming t;
  t.begin_ns = begin;
  t.data_ns = begin + 100;
  t.h2d_ns = begin + 100 + h2d;
  t.forward_ns = begin + 300;
  t.backward_ns = begin + 700;
  t.comm_ns = begin + 850;
  t.optimizer_ns = begin + 900;
  t.end_ns = begin + 1000;
  t.buckets = {{begin + 400, begin + 400, begin + 600},
               {begin + 500, begin + 600, begin + 850}};
  return t;
}

// `steps` steps that follow one another from `begin`.
std::vector<StepTiming> SomeSteps(int64_t begin, int steps) {
  std::vector<StepTiming> timings;
  for (int i = 0; i < steps; ++i) timings.push_back(SomeStep(begin + 1000 * i));
  return timings;
}

Json Parsed(const std::string& path) { return Json::parse(*ReadFile(path)); }

// Nanoseconds of a field in microseconds.
int64_t Ns(const Json& event, const char* field) {
  return std::llround(event.at(field).get<double>() * 1000);
}

std::vector<Json> EventsOf(const Json& trace, const std::string& phase) {
  std::vector<Json> events;
  for (const Json& event : trace)
    if (event.at("ph") == phase) events.push_back(event);
  return events;
}

// Every X event's "name begin end" on the track, in the file's order.
std::vector<std::string> SlicesOn(const Json& trace, int process, int thread) {
  std::vector<std::string> slices;
  for (const Json& e : EventsOf(trace, "X"))
    if (e.at("pid") == process && e.at("tid") == thread)
      slices.push_back(e.at("name").get<std::string>() + " " +
                       std::to_string(Ns(e, "ts")) + " " +
                       std::to_string(Ns(e, "ts") + Ns(e, "dur")));
  return slices;
}

class TraceTest : public ::testing::Test {
 protected:
  void Open(const std::vector<ClockOffset>& clocks, int64_t max_steps = 2000) {
    path_ = NewTestFolder() + "/trace.json";
    std::vector<std::string> names;
    for (size_t r = 0; r < clocks.size(); ++r)
      names.push_back("rank " + std::to_string(r) + " (node0)");
    auto writer = TraceWriter::Create(path_, names, clocks, {max_steps});
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
  }

  std::string path_;
  std::unique_ptr<TraceWriter> writer_;
};

TEST_F(TraceTest, PartsOfAStepAreWithinIt) {
  Open({{}});
  ASSERT_TRUE(writer_->AddSteps(0, 7, {{SomeStep(5000000123)}}).ok());
  const Json trace = Parsed(path_);
  EXPECT_THAT(SlicesOn(trace, 1, 1),
              ElementsAre("step 7 0 1000", "data 0 100", "forward 100 300",
                          "backward 300 700", "exposed communication 700 850",
                          "optimiser 850 900"));
  EXPECT_THAT(SlicesOn(trace, 1, 2),
              ElementsAre("bucket 0 400 600", "bucket 1 600 850"));
}

TEST_F(TraceTest, CopyToTheDeviceIsShownWhereThereIsOne) {
  Open({{}});
  ASSERT_TRUE(writer_->AddSteps(0, 0, {{SomeStep(0, 40)}}).ok());
  EXPECT_THAT(
      SlicesOn(Parsed(path_), 1, 1),
      ElementsAre("step 0 0 1000", "data 0 100", "host to device 100 140",
                  "forward 140 300", "backward 300 700",
                  "exposed communication 700 850", "optimiser 850 900"));
}

TEST_F(TraceTest, BucketsSayWhatTheyHoldAndWhereTheyCameFrom) {
  Open({{}});
  writer_->SetBucketPlan(0, {{500, {}}});
  writer_->SetBucketPlan(1, {{100, {}}, {400, {}}});
  ASSERT_TRUE(writer_->AddSteps(0, 0, {SomeSteps(0, 2)}).ok());
  const Json trace = Parsed(path_);
  std::vector<Json> buckets;
  for (const Json& e : EventsOf(trace, "X"))
    if (e.at("tid") == 2) buckets.push_back(e.at("args"));
  ASSERT_EQ(buckets.size(), 4);
  EXPECT_EQ(buckets[0].at("bytes"), 500);  // the first step's plan
  EXPECT_FALSE(buckets[1].contains("bytes"));
  EXPECT_EQ(buckets[3].at("bytes"), 400);
  EXPECT_EQ(buckets[3].at("step"), 1);
  EXPECT_EQ(Ns(buckets[3], "ready_us"), 1500);
  EXPECT_EQ(Ns(buckets[3], "queued_us"), 100);
  const auto from = EventsOf(trace, "s"), to = EventsOf(trace, "f");
  ASSERT_EQ(from.size(), 4);
  ASSERT_EQ(to.size(), 4);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(from[i].at("id"), to[i].at("id"));
    EXPECT_LE(Ns(from[i], "ts"), Ns(to[i], "ts"));
  }
  EXPECT_EQ(Ns(from[3], "ts"), 1500);
  EXPECT_EQ(Ns(to[3], "ts"), 1600);
}

// Clocks of hosts count from their boots; the same moment must be one moment.
TEST_F(TraceTest, RanksAreOnOneClock) {
  constexpr int64_t kDay = int64_t{86400} * 1000000000;
  Open({{}, {3 * kDay + 17, 40}, {-2 * kDay, 60}});
  const int64_t t0 = 5 * kDay;
  ASSERT_TRUE(
      writer_
          ->AddSteps(0, 0,
                     {SomeSteps(t0, 3), SomeSteps(t0 + 3 * kDay + 17 - 250, 3),
                      SomeSteps(t0 - 2 * kDay + 30, 3)})
          .ok());
  const Json trace = Parsed(path_);
  // Rank 1 begins first: it is time 0.
  EXPECT_EQ(SlicesOn(trace, 1, 1)[0], "step 0 250 1250");
  EXPECT_EQ(SlicesOn(trace, 2, 3)[0], "step 0 0 1000");
  EXPECT_EQ(SlicesOn(trace, 3, 5)[0], "step 0 280 1280");
  EXPECT_EQ(SlicesOn(trace, 3, 6)[5], "bucket 1 2880 3130");
}

// What ui.perfetto.dev and Chrome ask of a file.
TEST_F(TraceTest, KeepsTheRulesOfTheFormat) {
  Open({{}, {-123456, 7}});
  for (int epoch = 0; epoch < 3; ++epoch)
    ASSERT_TRUE(writer_
                    ->AddSteps(epoch, 4 * epoch,
                               {SomeSteps(9000000 + 4000 * epoch, 4),
                                SomeSteps(8876500 + 4000 * epoch, 4)})
                    .ok());
  ASSERT_TRUE(writer_->Close().ok());
  const Json trace = Parsed(path_);
  ASSERT_TRUE(trace.is_array());
  std::map<int, int> process_of;             // thread -> its only process
  std::map<int, std::vector<int64_t>> open;  // thread -> ends of open slices
  std::map<int, int64_t> last_ts;
  for (const Json& event : trace) {
    const int process = event.at("pid"), thread = event.at("tid");
    EXPECT_GT(process, 0);
    EXPECT_EQ(process_of.emplace(thread, process).first->second, process);
    if (event.at("ph") == "M") continue;
    const int64_t ts = Ns(event, "ts");
    EXPECT_GE(ts, 0);
    if (event.at("ph") != "X") continue;
    EXPECT_GE(ts, last_ts[thread]);  // in order on each track
    last_ts[thread] = ts;
    const int64_t end = ts + Ns(event, "dur");
    EXPECT_GE(end, ts);
    auto& ends = open[thread];
    while (!ends.empty() && ends.back() <= ts) ends.pop_back();
    // Within its parent.
    EXPECT_TRUE(ends.empty() || end <= ends.back());
    ends.push_back(end);
  }
  EXPECT_EQ(process_of.size(), 4);
}

TEST_F(TraceTest, NamesRanksAndThreads) {
  const std::string path = NewTestFolder() + "/trace.json";
  const auto writer = TraceWriter::Create(
      path, {"rank 0 (a\"b\\c\n\xc3\xa9 )", "rank 1 (b)"}, {{}, {5, 1234}});
  ASSERT_TRUE(writer.ok());
  std::map<std::string, std::vector<std::string>> names;
  for (const Json& event : EventsOf(Parsed(path), "M"))
    for (const auto& [key, value] : event.at("args").items())
      if (value.is_string())
        names[event.at("name")].push_back(value.get<std::string>());
  EXPECT_THAT(names["process_name"],
              ElementsAre("rank 0 (a\"b\\c??? )", "rank 1 (b)"));
  EXPECT_THAT(names["thread_name"], ElementsAre("compute", "communication",
                                                "compute", "communication"));
  EXPECT_THAT(names["process_labels"],
              ElementsAre("clock +- 0.000 us", "clock +- 1.234 us"));
}

// A killed run is one whose writer was never closed.
TEST_F(TraceTest, IsWholeAfterEveryEpoch) {
  Open({{}});
  EXPECT_EQ(EventsOf(Parsed(path_), "X").size(), 0);
  for (int epoch = 0; epoch < 3; ++epoch) {
    ASSERT_TRUE(
        writer_->AddSteps(epoch, epoch, {{SomeStep(1000 * epoch)}}).ok());
    EXPECT_EQ(EventsOf(Parsed(path_), "X").size(), 8 * (epoch + 1));
  }
}

TEST_F(TraceTest, StopsAtTheLargestNumberOfStepsAndSaysSo) {
  struct Case {
    int64_t max_steps;
    std::vector<int> epochs;  // steps of each
    size_t slices, notes;
  };
  for (const Case& c : std::vector<Case>{{5, {3, 3, 3}, 5, 1},
                                         {6, {3, 3}, 6, 0},
                                         {6, {3, 3, 1}, 6, 1},
                                         {0, {1}, 0, 1}}) {
    Open({{}}, c.max_steps);
    int64_t step = 0;
    for (const int steps : c.epochs) {
      ASSERT_TRUE(
          writer_->AddSteps(0, step, {SomeSteps(1000 * step, steps)}).ok());
      step += steps;
    }
    const Json trace = Parsed(path_);
    EXPECT_EQ(EventsOf(trace, "X").size(), 8 * c.slices);
    const auto notes = EventsOf(trace, "i");
    ASSERT_EQ(notes.size(), c.notes);
    if (c.notes == 0) continue;
    EXPECT_EQ(Ns(notes[0], "ts"), 1000 * c.max_steps);
    EXPECT_EQ(notes[0].at("s"), "g");
  }
}

TEST_F(TraceTest, BadUse) {
  Open({{}, {}});
  EXPECT_EQ(TraceWriter::Create(path_, {"a"}, {{}}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(
      std::string(
          TraceWriter::Create("/none/t.json", {"a"}, {{}}).status().message()),
      HasSubstr("/none/t.json"));
  EXPECT_FALSE(TraceWriter::Create(path_ + "2", {"a"}, {}).ok());
  EXPECT_FALSE(writer_->AddSteps(0, 0, {SomeSteps(0, 1)}).ok());
  EXPECT_FALSE(
      writer_->AddSteps(0, 0, {SomeSteps(0, 2), SomeSteps(0, 1)}).ok());
  EXPECT_TRUE(writer_->AddSteps(0, 0, {{}, {}}).ok());
  ASSERT_TRUE(writer_->Close().ok());
  EXPECT_TRUE(writer_->Close().ok());
  EXPECT_FALSE(writer_->AddSteps(0, 0, {{}, {}}).ok());
  EXPECT_TRUE(Parsed(path_).is_array());
}

// A full disk leaves what was there, whole.  A limit on the file's size stands
// for the disk.
TEST_F(TraceTest, FullDiskLeavesWholeJson) {
  Open({{}});
  ASSERT_TRUE(writer_->AddSteps(0, 0, {SomeSteps(0, 10)}).ok());
  const Json before = Parsed(path_);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small = {100000, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const absl::Status full = writer_->AddSteps(0, 10, {SomeSteps(10000, 500)});
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_THAT(std::string(full.message()), HasSubstr(path_));
  EXPECT_EQ(Parsed(path_), before);
}

// Longer than the buffer, so that several writes make one array.
TEST_F(TraceTest, LongRunsAreWrittenInPieces) {
  Open({{}, {}});
  ASSERT_TRUE(
      writer_->AddSteps(0, 0, {SomeSteps(0, 1500), SomeSteps(30, 1500)}).ok());
  const Json trace = Parsed(path_);
  EXPECT_EQ(EventsOf(trace, "X").size(), 2 * 1500 * 8);
  EXPECT_EQ(SlicesOn(trace, 2, 4).back(), "bucket 1 1499630 1499880");
  RecordProperty("bytes", std::to_string(ReadFile(path_)->size()));
}

}  // namespace
}  // namespace lockstep
