#include "train/lifeline/message.h"

#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Message Sample() {
  Message m;
  m.type = Message::kFailure;
  m.who = {-1, "n1", 4711};
  m.progress = {std::numeric_limits<int64_t>::max(), -5, 3, "backward"};
  m.sent_ns = std::numeric_limits<int64_t>::min();
  m.server_ns = 42;
  m.text = "no memory";
  return m;
}

void ExpectSame(const Message& a, const Message& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.who.rank, b.who.rank);
  EXPECT_EQ(a.who.host, b.who.host);
  EXPECT_EQ(a.who.pid, b.who.pid);
  EXPECT_EQ(a.progress.ticks, b.progress.ticks);
  EXPECT_EQ(a.progress.step, b.progress.step);
  EXPECT_EQ(a.progress.position, b.progress.position);
  EXPECT_EQ(a.progress.phase, b.progress.phase);
  EXPECT_EQ(a.sent_ns, b.sent_ns);
  EXPECT_EQ(a.server_ns, b.server_ns);
  EXPECT_EQ(a.text, b.text);
}

TEST(Message, SurvivesItsBytesHoweverTheyComeInPieces) {
  const std::string bytes = Encode(Sample()) + Encode(Sample());
  for (size_t piece : {size_t{1}, size_t{3}, size_t{5}, bytes.size()}) {
    MessageReader reader;
    std::vector<Message> messages;
    for (size_t at = 0; at < bytes.size(); at += piece)
      ASSERT_TRUE(reader.Read(bytes.substr(at, piece), &messages).ok());
    ASSERT_EQ(messages.size(), 2);
    for (const Message& m : messages) ExpectSame(m, Sample());
  }
}

TEST(Message, LongAndUglyStringsFitAFrame) {
  Message m = Sample();
  m.who.host = m.progress.phase = m.text = std::string(70000, '\n');
  const std::string bytes = Encode(m);
  EXPECT_LE(bytes.size(), kMaxFrame + 4);
  std::vector<Message> messages;
  ASSERT_TRUE(MessageReader().Read(bytes, &messages).ok());
  EXPECT_EQ(messages[0].who.host, std::string(kMaxHost, ' '));
  EXPECT_EQ(messages[0].text, std::string(kMaxText, ' '));
}

std::string WithByte(size_t at, char value) {
  std::string bytes = Encode(Sample());
  bytes[at] = value;
  return bytes;
}

// A frame of any other length, with the length right.
std::string Resized(int difference) {
  std::string bytes = Encode(Sample());
  bytes.resize(bytes.size() + difference);
  bytes[0] += difference;
  return bytes;
}

TEST(Message, NonsenseIsNamed) {
  const struct {
    std::string bytes, text;
  } rows[] = {
      {"GET / HTTP/1.1\r\n\r\n", "bytes, over the 4096"},
      {std::string("\x01\x10\x00\x00", 4), "4097 bytes, over the 4096"},
      {std::string(64, '\xff'), "bytes, over the 4096"},
      {std::string(4, '\0'), "not a lifeline message"},
      {WithByte(4, 'X'), "not a lifeline message"},
      {WithByte(6, 2), "version 2, not 1"},
      {WithByte(7, 0), "unknown type 0"},
      {WithByte(7, 99), "unknown type 99"},
      {Resized(-1), "wrong length"},
      {Resized(+1), "wrong length"},
  };
  for (const auto& row : rows) {
    std::vector<Message> messages;
    const absl::Status status = MessageReader().Read(row.bytes, &messages);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << row.text;
    EXPECT_THAT(status.message(), HasSubstr(row.text));
    EXPECT_TRUE(messages.empty());
  }
}

// Whatever comes, the reader neither crashes nor gives a string over its limit.
TEST(Message, SurvivesRandomChanges) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = Encode(Sample());
    for (int change = 0; change < 3; ++change)
      bytes[random() % bytes.size()] = random();
    std::vector<Message> messages;
    std::ignore = MessageReader().Read(bytes, &messages);
    for (const Message& m : messages) {
      EXPECT_LE(m.text.size(), kMaxText);
      EXPECT_LE(m.who.host.size(), kMaxHost);
    }
  }
}

TEST(SameSecret, ComparesAll) {
  EXPECT_TRUE(SameSecret("", ""));
  EXPECT_TRUE(SameSecret("abc", "abc"));
  for (const char* other : {"", "a", "ab", "abd", "bbc", "abcabc"})
    EXPECT_FALSE(SameSecret("abc", other)) << other;
  EXPECT_FALSE(SameSecret("", "abc"));
}

}  // namespace
}  // namespace lockstep
