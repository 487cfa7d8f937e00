#include "train/selfcheck/rank_facts.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

RankFacts Plain(int core) {
  RankFacts facts;
  facts.host = "n1";
  facts.launcher = "slurm";
  facts.revision = "abc";
  facts.torch_version = "2.11.0";
  facts.backend = "gloo";
  facts.device = "cpu";
  facts.cpu = "AMD EPYC (family 25 model 17)";
  facts.congestion = "cubic";
  facts.cores = {core};
  return facts;
}

std::string Lines(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) text += CheckLines(check);
  return text;
}

TEST(RankFacts, SurviveTheWire) {
  RankFacts facts = Plain(3);
  facts.cores = {0, 7, 120};
  facts.threads = 12;
  const auto back = DecodeRankFacts(EncodeRankFacts(facts));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(EncodeRankFacts(*back), EncodeRankFacts(facts));
  EXPECT_EQ(back->cores, facts.cores);
  EXPECT_EQ(back->congestion, "cubic");
}

TEST(RankFacts, NonsenseIsAnError) {
  const std::string good = EncodeRankFacts(Plain(0));
  for (const std::string& bad : {std::string(), std::string("x"), good + "\n",
                                 good + ",x", good.substr(good.find('\n') + 1)})
    EXPECT_TRUE(absl::IsDataLoss(DecodeRankFacts(bad).status())) << bad;
}

TEST(RankFacts, ThisRankHasAHostACpuAndCores) {
  const RankFacts facts = FactsOfThisRank({});
  EXPECT_NE(facts.host, "");
  EXPECT_NE(facts.cpu, "");
  EXPECT_FALSE(facts.cores.empty());
  EXPECT_TRUE(DecodeRankFacts(EncodeRankFacts(facts)).ok());
}

TEST(RankFacts, EqualRanksPassWithoutANote) {
  EXPECT_EQ(Lines(JudgeRanks({Plain(0), Plain(1)})),
            "[PASS] ranks | ranks=2 | hosts=1 | device=cpu | threads=1 | "
            "launcher=slurm | torch=2.11.0 | backend=gloo | lockstep=abc\n");
  EXPECT_EQ(JudgeRanks({Plain(0)}).size(), 1);
}

// What is changed on the second of three ranks, and the line that says so.
TEST(RankFacts, DifferencesAreFailuresOrNotes) {
  struct Case {
    std::function<void(RankFacts&)> change;
    const char* tag;
    const char* words;
  };
  for (const Case& c : std::vector<Case>{
           {[](auto& f) { f.revision = "abd"; }, "[FAIL] ranks | ",
            "Lockstep: abc (ranks 0, 2), abd (rank 1); start the same build"},
           {[](auto& f) { f.torch_version = "2.12"; }, "[FAIL] ranks | ",
            "torch: 2.11.0 (ranks 0, 2), 2.12 (rank 1)"},
           {[](auto& f) { f.backend = ""; }, "[FAIL] ranks | ",
            "backend: unknown (rank 1), gloo"},
           {[](auto& f) { f.launcher = "pmi"; }, "[FAIL] ranks | ", "pmi"},
           {[](auto& f) { f.device = "cuda"; }, "[FAIL] ranks | ", "cuda"},
           {[](auto& f) { f.threads = 2; }, "[NOTE] threads | ",
            "rank 1 computes with 2 threads, rank 0 with 1"},
           {[](auto& f) { f.threads = 2; }, "[NOTE] cores | ",
            "host n1 has 3 usable cores for 4 threads of 3 ranks"},
           {[](auto& f) { f.cores = {0}; }, "[NOTE] cores | ",
            "2 usable cores for 3 threads"},
           {[](auto& f) { f.cpu = "Xeon"; }, "[NOTE] CPUs | ",
            "AMD EPYC (family 25 model 17) (ranks 0, 2), Xeon (rank 1)"},
           {[](auto& f) { f.host = "n2"; }, "[NOTE] congestion control | ",
            "cubic (ranks 0, 1, 2)"}}) {
    std::vector<RankFacts> ranks = {Plain(0), Plain(1), Plain(2)};
    c.change(ranks[1]);
    const std::string lines = Lines(JudgeRanks(ranks));
    EXPECT_THAT(lines, HasSubstr(c.tag));
    EXPECT_THAT(lines, HasSubstr(c.words));
    EXPECT_EQ(lines.find("[FAIL]") != lines.npos, c.tag[1] == 'F') << lines;
  }
}

TEST(RankFacts, ManyRanksAndValuesAreNotAllNamed) {
  std::vector<RankFacts> ranks;
  for (int r = 0; r < 40; ++r) {
    ranks.push_back(Plain(r));
    ranks.back().cpu = absl::StrCat("CPU ", r % 10);
  }
  const std::vector<Check> checks = JudgeRanks(ranks);
  ASSERT_EQ(checks.size(), 2);
  EXPECT_LT(checks[1].text.size(), 300);
}

}  // namespace
}  // namespace lockstep
