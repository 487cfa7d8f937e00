// The server against strangers and members that misbehave.

#include "train/lifeline/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/lifeline/message.h"
#include "train/lifeline/socket.h"
#include "train/lifeline/testing_run.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Fd DialTo(TestRun& run) {
  auto fd = Dial("127.0.0.1", run.server().port(), kTestPatience);
  EXPECT_TRUE(fd.ok()) << fd.status();
  return *std::move(fd);
}

void Say(const Fd& fd, const std::string& bytes) {
  // What is dropped midway is fine: strangers are.
  std::ignore = send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// The server has closed it, having said nothing.
bool IsDropped(const Fd& fd) {
  pollfd waiting = {fd.get(), POLLIN, 0};
  const int ready =
      poll(&waiting, 1, std::chrono::milliseconds(kTestPatience).count());
  char byte = 0;
  return ready == 1 && recv(fd.get(), &byte, 1, 0) <= 0;
}

std::string Hello(int rank, const std::string& nonce) {
  Message hello;
  hello.type = Message::kHello;
  hello.who = {rank, "n9", 9};
  hello.text = nonce;
  return Encode(hello);
}

// A working run of two ranks has no verdict, then ends in order.
void ExpectUnharmed(TestRun& run) {
  for (int rank : {0, 1}) EXPECT_TRUE(run[rank].MeasureClock(1).ok());
  for (int rank : {0, 1}) run[rank].Leave();
  EXPECT_TRUE(run.server().AwaitGoodbyes(kTestPatience));
  for (int rank : {0, 1}) EXPECT_EQ(run.rank(rank).verdicts, 0);
}

TEST(LifelineServer, StrangersAreDroppedWithoutEffect) {
  const auto run = TestRun::AllConnected(2);
  std::mt19937 random(1);
  std::string noise(100000, '\0');
  for (char& c : noise) c = random();
  Message heartbeat;
  const std::string rows[] = {
      "GET / HTTP/1.1\r\n\r\n",
      noise,
      Hello(1, "wrong"),
      Hello(1, ""),
      Hello(1, "0123456789abcdeF"),
      Encode(heartbeat),
      std::string(64, '\0'),
      Hello(1, kTestNonce).substr(0, 20) + noise,
  };
  for (const std::string& bytes : rows) {
    const Fd fd = DialTo(*run);
    Say(fd, bytes);
    EXPECT_TRUE(IsDropped(fd)) << bytes.substr(0, 16);
  }
  ExpectUnharmed(*run);
}

TEST(LifelineServer, WhoSaysNothingIsDropped) {
  const auto run = TestRun::AllConnected(2);
  const Fd silent = DialTo(*run), half = DialTo(*run);
  Say(half, Hello(1, kTestNonce).substr(0, 20));
  EXPECT_TRUE(IsDropped(silent));
  EXPECT_TRUE(IsDropped(half));
  ExpectUnharmed(*run);
}

TEST(LifelineServer, WhoClosesBeforeAHelloIsForgotten) {
  const auto run = TestRun::AllConnected(2);
  for (int i = 0; i < 50; ++i) DialTo(*run);
  ExpectUnharmed(*run);
}

// More strangers than there is room for: the oldest go, ranks still come in.
TEST(LifelineServer, AFloodKeepsNobodyOut) {
  TestRun run(2);
  ASSERT_TRUE(run.Connect(TestOptions(0, 2)).ok());
  std::vector<Fd> flood;
  for (int i = 0; i < 200; ++i) flood.push_back(DialTo(run));
  EXPECT_TRUE(IsDropped(flood[0]));
  ASSERT_TRUE(run.Connect(TestOptions(1, 2)).ok());
  ExpectUnharmed(run);
}

TEST(LifelineServer, ARankOutOfRangeIsRefused) {
  const auto run = TestRun::AllConnected(2);
  for (int rank : {-1, 2, 1 << 30}) {
    Connection connection(DialTo(*run));
    Say(Fd(dup(connection.fd())), Hello(rank, kTestNonce));
    std::vector<Message> answers;
    ASSERT_TRUE(Eventually([&] {
      return connection.Receive(&answers) != Connection::State::kOpen;
    }));
    ASSERT_EQ(answers.size(), 1);
    EXPECT_EQ(answers[0].type, Message::kRefused);
    EXPECT_THAT(answers[0].text, HasSubstr("is not one of the run's 2"));
  }
  ExpectUnharmed(*run);
}

TEST(LifelineServer, AMemberThatSendsNonsenseHasFailed) {
  Message pong;
  pong.type = Message::kPong;
  const std::string rows[][2] = {
      {"GET / HTTP/1.1\r\n\r\n", "its lifeline carried a lifeline message of"},
      {Encode(pong), "its lifeline carried a message that only rank 0 sends"},
  };
  for (const auto& row : rows) {
    TestRun run(2);
    ASSERT_TRUE(run.Connect(TestOptions(0, 2)).ok());
    const Fd fd = DialTo(run);
    Say(fd, Hello(1, kTestNonce) + row[0]);
    const Verdict verdict = run.CommonVerdict();
    EXPECT_EQ(verdict.rank, 1);
    EXPECT_THAT(verdict.cause, HasSubstr("rank 1 (host n9, pid 9) failed"));
    EXPECT_THAT(verdict.cause, HasSubstr(row[1]));
  }
}

// A member that never reads gets no more than its buffers hold.
TEST(LifelineServer, AMemberThatOnlyAsksHarmsNobody) {
  TestRun run(3);
  for (int rank : {0, 1}) ASSERT_TRUE(run.Connect(TestOptions(rank, 3)).ok());
  const Fd fd = DialTo(run);
  Message ping;
  ping.type = Message::kPing;
  ping.text = std::string(kMaxText, 'x');
  std::string pings = Hello(2, kTestNonce);
  for (int i = 0; i < 4000; ++i) pings += Encode(ping);
  for (int i = 0; i < 5; ++i) Say(fd, pings);
  for (int rank : {0, 1}) EXPECT_TRUE(run[rank].MeasureClock(1).ok());
}

TEST(LifelineServer, BadAddressesAreNamed) {
  const absl::Status status =
      LifelineServer::Start("192.0.2.1", TestServerOptions(1)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("192.0.2.1"));
}

}  // namespace
}  // namespace lockstep
