#include "train/launch/hostlist.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ListCase {
  const char* text;
  const char* names;  // joined by spaces
};

class ExpandsHostList : public ::testing::TestWithParam<ListCase> {};

TEST_P(ExpandsHostList, AsSlurmDoes) {
  const auto hosts = ExpandHostList(GetParam().text);
  ASSERT_TRUE(hosts.ok()) << hosts.status();
  EXPECT_EQ(absl::StrJoin(*hosts, " "), GetParam().names);
}

INSTANTIATE_TEST_SUITE_P(
    HostLists, ExpandsHostList,
    ::testing::Values(ListCase{"node001", "node001"},
                      ListCase{"node001,host2", "node001 host2"},
                      ListCase{"node[001-0005],host2",
                               "node001 node002 node003 node004 node005 host2"},
                      ListCase{"node[001,007-009],host2",
                               "node001 node007 node008 node009 host2"},
                      ListCase{"n[1-3,5,08-10]x",
                               "n1x n2x n3x n5x n08x n09x n10x"},
                      ListCase{"n[99-101]", "n99 n100 n101"},
                      ListCase{"n[098-101]", "n098 n099 n100 n101"},
                      ListCase{"a[1-2]b[3-4]", "a1b3 a1b4 a2b3 a2b4"},
                      ListCase{"a[1-2][3-4]", "a13 a14 a23 a24"},
                      ListCase{"gpu-a-[1,3]", "gpu-a-1 gpu-a-3"},
                      ListCase{"gpu-1-2", "gpu-1-2"}, ListCase{"[1-2]", "1 2"},
                      ListCase{" a , b[ 1 - 2 , 4 ] ", "a b1 b2 b4"},
                      ListCase{"n1,n1", "n1 n1"},
                      ListCase{"r1.site.org,r[2-3].site.org",
                               "r1.site.org r2.site.org r3.site.org"}));

struct BadCase {
  std::string text;
  const char* why;
};

class RefusesHostList : public ::testing::TestWithParam<BadCase> {};

TEST_P(RefusesHostList, WithTheOffset) {
  const absl::Status status = ExpandHostList(GetParam().text).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << GetParam().text;
  EXPECT_THAT(status.message(), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    HostLists, RefusesHostList,
    ::testing::Values(
        BadCase{"", "expected a name at offset 0"},
        BadCase{",a", "expected a name at offset 0"},
        BadCase{"a,,b", "expected a name at offset 2"},
        BadCase{"a,", "expected a name at offset 2"},
        BadCase{"a b", "expected a comma at offset 2"},
        BadCase{"n[1-3", "expected ']' at offset 5"},
        BadCase{"n[1-3]]", "expected a comma at offset 6"},
        BadCase{"n]", "expected a comma at offset 1"},
        BadCase{"n[]", "expected a number of at most 15 digits at offset 2"},
        BadCase{"n[a-b]", "at offset 2"}, BadCase{"n[1-]", "at offset 4"},
        BadCase{"n[-1]", "at offset 2"}, BadCase{"n[1-2-3]", "at offset 5"},
        BadCase{"n[[1]]", "at offset 2"}, BadCase{"n[1,,2]", "at offset 4"},
        BadCase{"n[000x333]", "expected ']' at offset 5"},
        BadCase{"n[5-3]", "a range that goes down at offset 2"},
        BadCase{"n[0-65536]", "more than 65536 hosts at offset 2"},
        BadCase{"n[0-999999999999999]", "more than 65536 hosts"},
        BadCase{"n[0-9999999999999999]", "15 digits"},
        BadCase{"a[0-255]b[0-256]", "more than 65536 hosts"},
        BadCase{"a[0-65535],b", "more than 65536 hosts"},
        BadCase{std::string(257, 'a'), "more than 256 characters"},
        BadCase{std::string("a\0z", 3), "a\\x00z"},
        BadCase{"a\xff", "expected a comma at offset 1"}));

TEST(ExpandHostList, AsManyHostsAsAreAllowed) {
  EXPECT_EQ(ExpandHostList("a[0-255]b[0-255]")->size(), kMaxHosts);
}

// The error of a long text stays one short line.
TEST(ExpandHostList, LongTextsAreCut) {
  const std::string text = std::string(1 << 20, ',');
  EXPECT_LT(ExpandHostList(text).status().message().size(), 200);
}

// Brackets multiply and names grow: neither may take memory or time.
TEST(ExpandHostList, BombsAreRefused) {
  std::string brackets, wide = "n";
  for (int i = 0; i < 100000; ++i) brackets += "[0-9]";
  for (int i = 0; i < 100; ++i) wide += "[1]";
  EXPECT_FALSE(ExpandHostList(brackets).ok());
  EXPECT_TRUE(ExpandHostList(wide).ok());
  EXPECT_FALSE(ExpandHostList(wide + wide + wide).ok());
  EXPECT_FALSE(ExpandHostList("a[0-65535]" + std::string(1 << 20, 'x')).ok());
}

// Random texts of the grammar's own characters: a list or an error, and a list
// is within the limits.
TEST(ExpandHostList, RandomTextsEndInAListOrAnError) {
  constexpr char kAlphabet[] = "an019-,[]()x \n";
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = kAlphabet[random() % (sizeof(kAlphabet) - 1)];
    const auto hosts = ExpandHostList(text);
    EXPECT_TRUE(!hosts.ok() || hosts->size() <= kMaxHosts) << text;
    const auto counts = ExpandTaskCounts(text);
    EXPECT_TRUE(!counts.ok() || counts->size() <= kMaxHosts) << text;
  }
}

TEST(ExpandTaskCounts, ReadsPackedCounts) {
  EXPECT_THAT(*ExpandTaskCounts("2(x3),1"), ElementsAre(2, 2, 2, 1));
  EXPECT_THAT(*ExpandTaskCounts("3,2"), ElementsAre(3, 2));
  EXPECT_THAT(*ExpandTaskCounts(" 4 , 0 "), ElementsAre(4, 0));
  EXPECT_EQ(ExpandTaskCounts("1(x65536)")->size(), kMaxHosts);
}

TEST(ExpandTaskCounts, RefusesWhatIsNoList) {
  for (const char* text :
       {"", "a(x2)", "2(x", "2(x3", "2(x)", "2(x0)", "2(3)", "2,", "-1", "2x3",
        "1(x65537)", "1(x65536),1", "65537", "1(x999999999999999)"}) {
    const absl::Status status = ExpandTaskCounts(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(status.message(), HasSubstr("at offset")) << text;
  }
}

}  // namespace
}  // namespace lockstep
