#include "train/launch/rank_place.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Come = std::vector<std::optional<RankPlace>>;

const RankPlace kN0 = {"n0", 1, ""}, kN1 = {"n1", 2, ""};

TEST(RankPlace, EncodesAndDecodes) {
  const auto place =
      DecodeRankPlace(EncodeRankPlace({"gpu-7.site", 4711, "1f0be7c"}));
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->host, "gpu-7.site");
  EXPECT_EQ(place->pid, 4711);
  EXPECT_EQ(place->build, "1f0be7c");
}

TEST(RankPlace, ABuildMayBeMissing) {
  const auto place = DecodeRankPlace(EncodeRankPlace({"n0", 1, ""}));
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->build, "");
}

TEST(CheckSameBuild, NamesBothBuilds) {
  EXPECT_TRUE(CheckSameBuild({"n0", 1, "a"}, 1, {"n1", 2, "a"}).ok());
  EXPECT_TRUE(CheckSameBuild({"n0", 1, ""}, 1, {"n1", 2, ""}).ok());
  EXPECT_EQ(CheckSameBuild({"n0", 1, "a"}, 1, {"n1", 2, "b"}).message(),
            "rank 1 (host n1, pid 2) is build b and rank 0 (host n0, pid 1) is "
            "build a; start the same build on all hosts");
  EXPECT_THAT(CheckSameBuild({"n0", 1, "a"}, 1, {"n1", 2, ""}).message(),
              HasSubstr("pid 2) is an older build and rank 0"));
}

TEST(RankPlace, OddHostNamesBecomeOneWord) {
  EXPECT_EQ(EncodeRankPlace({"a b\n", 1, ""}), "a_b_ 1");
  EXPECT_EQ(EncodeRankPlace({"", 1, ""}), "_ 1");
  EXPECT_TRUE(
      DecodeRankPlace(EncodeRankPlace({std::string(999, 'x'), 1, ""})).ok());
}

TEST(RankPlace, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string(), std::string("n0"), std::string("n0 "), std::string(" 1"),
        std::string("n0 x"), std::string("n0 1 "), std::string("n0 1 2 3"),
        std::string("n\0 1", 4), std::string("n\xff 1"),
        std::string(257, 'x') + " 1"})
    EXPECT_TRUE(absl::IsDataLoss(DecodeRankPlace(text).status())) << text;
}

TEST(RankPlace, TheLaunchersNameOfTheHostCounts) {
  LaunchInfo launch;
  EXPECT_FALSE(ThisRankPlace(launch, "").host.empty());
  launch.host = "n7";
  EXPECT_EQ(ThisRankPlace(launch, "").host, "n7");
  EXPECT_EQ(ThisRankPlace(launch, "").pid, getpid());
}

TEST(DescribeMissing, NamesRanksAndHosts) {
  LaunchInfo slurm;
  slurm.hosts = {"n0", "n1"};
  slurm.tasks_on_host = {2, 2};
  struct Case {
    LaunchInfo launch;
    Come come;
    const char* words;
  };
  for (const Case& c : {
           Case{slurm,
                {kN0, kN0, {}, {}},
                "ranks 2, 3 of 4 did not come; hosts with too few ranks: n1 (0 "
                "of 2)"},
           Case{slurm,
                {kN0, {}, kN1, {}},
                "ranks 1, 3 of 4 did not come; hosts with too few ranks: n0 (1 "
                "of 2), n1 (1 of 2)"},
           Case{{},
                {kN0, {}, kN1},
                "rank 1 of 3 did not come; ranks came from: n0 (1), n1 (1)"},
           Case{{}, {{}, {}}, "ranks 0, 1 of 2 did not come"},
       })
    EXPECT_EQ(DescribeMissing(c.launch, c.come), c.words);
}

TEST(DescribeMissing, StaysShort) {
  LaunchInfo launch;
  for (int i = 0; i < 1000; ++i) {
    launch.hosts.push_back("host" + std::to_string(i));
    launch.tasks_on_host.push_back(8);
  }
  const std::string words = DescribeMissing(launch, Come(8000));
  EXPECT_LT(words.size(), 400);
  EXPECT_THAT(words, HasSubstr("15 and 7984 more of 8000"));
  EXPECT_THAT(words, HasSubstr("host7 (0 of 8) and 992 more"));
}

}  // namespace
}  // namespace lockstep
