#include "analysis/reported/trace_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/reported/trace_summary.h"
#include "analysis/reported/trace_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/render_markdown.h"
#include "tools/cli/file.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

constexpr char kFolder[] = "analysis/testdata/readers/";

std::string Content(const std::string& name) {
  return ReadFile(kFolder + name).value();
}

Trace TraceOf(const std::string& name) {
  const auto trace = ReadTrace(Content(name), name);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return *trace;
}

// What Holistic Trace Analysis 0.5.0 prints for the same two files, with
// HTA_DISABLE_NS_ROUNDING=1: idle 200, compute 1400, non-compute 300, total
// 1900 us; overlap 61.54 and 58.33 %.
TEST(TraceSummary, IsHolisticTraceAnalysis) {
  const TraceSummary summary =
      Summarize(MergeTraces({TraceOf("rank1.json"), TraceOf("rank0.json")}));
  ASSERT_EQ(summary.ranks.size(), 2);
  const double overlap_percent[] = {61.54, 58.33};
  for (uint32_t r = 0; r < 2; ++r) {
    const RankBreakdown& rank = summary.ranks[r];
    EXPECT_EQ(rank.rank, r);
    EXPECT_NEAR(rank.total_s, 1900e-6, 1e-9);
    EXPECT_NEAR(rank.idle_s, 200e-6, 1e-9);
    EXPECT_NEAR(rank.compute_s, 1400e-6, 1e-9);
    EXPECT_NEAR(rank.non_compute_s, 300e-6, 1e-9);
    EXPECT_NEAR(100 * rank.overlap_s / rank.comm_s, overlap_percent[r], 0.005);
  }
}

// 4 MB in the shorter of 260 and 240 us, by two ranks.
TEST(TraceSummary, BandwidthIsOfTheMinimumOverRanks) {
  const TraceSummary summary =
      Summarize(MergeTraces({TraceOf("rank0.json"), TraceOf("rank1.json")}));
  ASSERT_EQ(summary.collectives.size(), 1);
  const TraceCollective& all_reduce = summary.collectives[0];
  EXPECT_EQ(all_reduce.name, "allreduce");
  EXPECT_EQ(all_reduce.bytes, 4000000);
  EXPECT_EQ(all_reduce.count, 2);
  EXPECT_NEAR(all_reduce.median_s, 240e-6, 1e-9);
  EXPECT_NEAR(all_reduce.algbw_gb_per_s, 4e6 / 240e-6 * 1e-9, 1e-6);
  EXPECT_NEAR(all_reduce.busbw_gb_per_s, all_reduce.algbw_gb_per_s, 1e-9);
  EXPECT_NEAR(all_reduce.start_skew_s, 20e-6, 1e-9);
}

TEST(TraceSummary, OneRankOfTwoSaysSo) {
  const TraceSummary summary = Summarize(TraceOf("rank0.json"));
  EXPECT_EQ(summary.world_size, 2);
  ASSERT_EQ(summary.notes.size(), 1);
  EXPECT_THAT(summary.notes[0], HasSubstr("of 1 of 2 ranks"));
}

TEST(TraceSummary, OwnTraceHasAllRanks) {
  const TraceSummary summary = Summarize(TraceOf("own_trace.json"));
  ASSERT_EQ(summary.ranks.size(), 2);
  EXPECT_NEAR(summary.ranks[0].compute_s, 700e-6, 1e-9);
  EXPECT_NEAR(summary.ranks[0].Exposed(), 200e-6, 1e-9);
  EXPECT_NEAR(summary.ranks[1].overlap_s, 200e-6, 1e-9);
  ASSERT_EQ(summary.collectives.size(), 1);
  EXPECT_NEAR(summary.collectives[0].median_s, 300e-6, 1e-9);
  EXPECT_NEAR(summary.collectives[0].start_skew_s, 100e-6, 1e-9);
}

TEST(TraceTables, HaveARowARankAndARowACollective) {
  const TraceSummary summary = Summarize(TraceOf("own_trace.json"));
  const std::string text = RenderMarkdown(
      {TraceBreakdownTable(summary), TraceCollectiveTable(summary)});
  EXPECT_THAT(text, HasSubstr("| bucket"));
  EXPECT_THAT(text, HasSubstr("4000000"));
}

TEST(MergeTraces, SecondFileOfARankIsLeftOut) {
  const Trace merged =
      MergeTraces({TraceOf("rank0.json"), TraceOf("rank0.json")});
  EXPECT_EQ(merged.ranks.size(), 1);
  ASSERT_EQ(merged.notes.size(), 1);
  EXPECT_THAT(merged.notes[0], HasSubstr("is rank 0 too"));
}

TEST(ReadTrace, TakesTheRankFromTheName) {
  const std::string event =
      R"([{"ph":"X","cat":"kernel","name":"k","ts":1,"dur":2,)"
      R"("args":{"stream":7,"correlation":1}}])";
  const auto trace = ReadTrace(event, "run4/worker12.pt.trace.json");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->ranks[0].rank, 12);
  EXPECT_EQ(trace->notes.size(), 1);
}

void ExpectRefused(const std::string& bytes, const std::string& why) {
  const auto trace = ReadTrace(bytes, "x.json");
  ASSERT_FALSE(trace.ok()) << why;
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(trace.status().message(), HasSubstr("x.json"));
  EXPECT_THAT(trace.status().message(), HasSubstr(why));
}

std::string Event(const std::string& times) {
  return absl::StrCat(R"([{"ph":"X","cat":"kernel","name":"k",)", times,
                      R"(,"args":{"stream":7,"correlation":1}}])");
}

TEST(ReadTrace, RefusesInOneLine) {
  ExpectRefused("", "at byte");
  ExpectRefused(Content("rank0.json").substr(0, 1000), "at byte");
  ExpectRefused(std::string("\x1f\x8b\x08", 3), "gunzip");
  ExpectRefused("[]", "no kernel");
  ExpectRefused("{\"traceEvents\":[1,\"a\",null,[{}]]}", "no kernel");
  ExpectRefused(std::string(1000000, '['), "nested deeper");
  ExpectRefused("{\"a\":" + std::string(1000000, '['), "nested deeper");
  ExpectRefused(Event("\"ts\":1,\"dur\":-2"), "negative");
  ExpectRefused(Event("\"ts\":1e308,\"dur\":1e308"), "beyond 100 years");
  ExpectRefused(Event("\"ts\":1e999,\"dur\":1"), "at byte");
  ExpectRefused(Event("\"ts\":NaN,\"dur\":1"), "at byte");
  ExpectRefused(Event("\"ts\":\"1\",\"dur\":1"), "no time");
}

TEST(LooksLikeTrace, TellsItFromOthers) {
  EXPECT_TRUE(LooksLikeTrace(Content("rank0.json").substr(0, 4096)));
  EXPECT_TRUE(LooksLikeTrace(Content("own_trace.json")));
  EXPECT_FALSE(LooksLikeTrace(Content("all_reduce.json")));
  EXPECT_FALSE(LooksLikeTrace(Content("torchrun.log")));
  EXPECT_FALSE(LooksLikeTrace(""));
  // A record whose header has 0x088b1f bytes.
  EXPECT_FALSE(LooksLikeTrace(std::string("\x1f\x8b\x08\0\0\0\0\0ab", 10)));
}

}  // namespace
}  // namespace lockstep::analysis
