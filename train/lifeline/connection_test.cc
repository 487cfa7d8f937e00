#include "train/lifeline/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

struct Pair {
  Connection a, b;
};

Pair NewPair() {
  int fds[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  return {Connection(Fd(fds[0])), Connection(Fd(fds[1]))};
}

Message Text(const std::string& text) {
  Message m;
  m.text = text;
  return m;
}

TEST(Connection, CarriesMessagesInOrder) {
  Pair pair = NewPair();
  std::vector<Message> messages;
  EXPECT_EQ(pair.b.Receive(&messages), Connection::State::kOpen);
  pair.a.Send(Text("one"));
  pair.a.Send(Text("two"));
  EXPECT_EQ(pair.b.Receive(&messages), Connection::State::kOpen);
  ASSERT_EQ(messages.size(), 2);
  EXPECT_EQ(messages[0].text, "one");
  EXPECT_EQ(messages[1].text, "two");
}

TEST(Connection, LastWordsComeWithTheEnd) {
  Pair pair = NewPair();
  pair.a.Send(Text("last"));
  pair.a.Close();
  std::vector<Message> messages;
  EXPECT_EQ(pair.b.Receive(&messages), Connection::State::kClosed);
  ASSERT_EQ(messages.size(), 1);
  pair.b.Send(Text("to nobody"));  // no SIGPIPE
  EXPECT_EQ(pair.b.Receive(&messages), Connection::State::kClosed);
}

TEST(Connection, NonsenseIsReported) {
  Pair pair = NewPair();
  ASSERT_EQ(write(pair.a.fd(), "GET / HTTP", 10), 10);
  std::vector<Message> messages;
  EXPECT_EQ(pair.b.Receive(&messages), Connection::State::kNonsense);
  EXPECT_THAT(pair.b.problem(), ::testing::HasSubstr("lifeline message"));
}

// Sends until the other end's buffers are full; nothing blocks or grows.
TEST(Connection, APeerThatDoesNotReadCostsNothing) {
  Pair pair = NewPair();
  const std::string text(kMaxText, 'x');
  for (int i = 0; i < 10000; ++i) pair.a.Send(Text(text));
  EXPECT_TRUE(pair.a.has_unsent());
  pair.a.SendHeartbeat(Text("dropped"));
  std::vector<Message> messages;
  do {
    pair.b.Receive(&messages);
    pair.a.Flush();
  } while (pair.a.has_unsent());
  while (!messages.empty()) {
    EXPECT_EQ(messages.back().text, text);
    messages.clear();
    pair.b.Receive(&messages);
  }
}

// A peer stopped for 5 minutes: 1,200 heartbeats would fill its window.
TEST(Connection, ASilentPeerGetsFewHeartbeats) {
  Pair pair = NewPair();
  std::vector<Message> messages;
  for (int i = 0; i < 1200; ++i) pair.a.SendHeartbeat(Text(""));
  while (pair.b.Receive(&messages), pair.a.has_unsent()) pair.a.Flush();
  EXPECT_EQ(messages.size(), 20 + 59);
  pair.b.Send(Text(""));
  pair.a.Receive(&messages);
  messages.clear();
  for (int i = 0; i < 10; ++i) pair.a.SendHeartbeat(Text(""));
  pair.b.Receive(&messages);
  EXPECT_EQ(messages.size(), 10);
}

TEST(Socket, DialsWhatListens) {
  const auto listener = Listen("127.0.0.1");
  ASSERT_TRUE(listener.ok()) << listener.status();
  const auto socket =
      Dial("localhost", LocalPort(*listener), std::chrono::seconds(10));
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_NE(fcntl(socket->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(listener->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Socket, BadAddressesAreNamed) {
  EXPECT_THAT(Listen("192.0.2.1").status().message(),
              ::testing::HasSubstr("cannot listen on '192.0.2.1'"));
  EXPECT_THAT(Listen("no such host").status().message(),
              ::testing::HasSubstr("cannot resolve address 'no such host'"));
  EXPECT_TRUE(absl::IsUnavailable(
      Dial("127.0.0.1", 1, std::chrono::seconds(10)).status()));
}

}  // namespace
}  // namespace lockstep
