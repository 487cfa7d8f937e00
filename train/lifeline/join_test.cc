#include "train/lifeline/join.h"

#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds kPatience(60000);

// Something that listens and gives one caller after the other a row of bytes;
// then it hangs.
class FakeServer {
 public:
  explicit FakeServer(std::vector<std::string> answers)
      : listener_(*Listen("127.0.0.1")), thread_([this, answers] {
          for (const std::string& bytes : answers) Answer(bytes);
        }) {}
  ~FakeServer() { thread_.join(); }
  int port() const { return LocalPort(listener_); }

 private:
  // Hears the hello first, or closing would lose the answer.
  void Answer(const std::string& bytes) {
    pollfd waiting = {listener_.get(), POLLIN, 0};
    poll(&waiting, 1, kPatience.count());
    const Fd caller(accept(listener_.get(), nullptr, nullptr));
    char hello[kMaxFrame];
    EXPECT_GT(recv(caller.get(), hello, sizeof hello, 0), 0);
    EXPECT_EQ(send(caller.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              bytes.size());
  }

  const Fd listener_;
  std::thread thread_;
};

std::string Bytes(Message::Type type, const std::string& text = "") {
  Message m;
  m.type = type;
  m.who = {0, "n0", 7};
  m.text = text;
  return Encode(m);
}

absl::StatusOr<Joined> Join(int port, milliseconds timeout) {
  return JoinRun("127.0.0.1", port, {3, "n3", 103}, "nonce", milliseconds(8000),
                 timeout);
}

TEST(JoinRun, GivesTheWelcomeAndWhatFollows) {
  FakeServer server({Bytes(Message::kWelcome) + Bytes(Message::kStop, "why")});
  const auto joined = Join(server.port(), kPatience);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(Describe(joined->rank_0), "rank 0 (host n0, pid 7)");
  ASSERT_EQ(joined->more.size(), 1);
  EXPECT_EQ(joined->more[0].text, "why");
}

TEST(JoinRun, TriesAgainUntilItIsWelcome) {
  FakeServer server({"", "220 mail.example.org ESMTP\r\n",
                     Bytes(Message::kHeartbeat), Bytes(Message::kWelcome)});
  EXPECT_TRUE(Join(server.port(), kPatience).ok());
}

TEST(JoinRun, ARefusalIsFinal) {
  FakeServer server({Bytes(Message::kRefused, "start every rank once")});
  const absl::Status status = Join(server.port(), kPatience).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("rank 0 refuses rank 3 (host n3, pid "
                                          "103): start every rank once"));
}

TEST(JoinRun, WhoNeverAnswersIsNamedInTime) {
  const Fd listener = *Listen("127.0.0.1");
  const absl::Status status =
      Join(LocalPort(listener), milliseconds(300)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(status.message(), HasSubstr("in 0.3 s: it accepted, but did not "
                                          "answer; did rank 0 end"));
}

}  // namespace
}  // namespace lockstep
