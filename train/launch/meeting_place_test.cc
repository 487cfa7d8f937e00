#include "train/launch/meeting_place.h"

#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr auto kSoon = std::chrono::seconds(5);

TEST(MeetingPlace, EncodesAndDecodes) {
  const MeetingPlace place = {"10.1.2.3", 40123, RandomNonce()};
  const auto decoded = DecodeMeetingPlace(EncodeMeetingPlace(place));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->address, place.address);
  EXPECT_EQ(decoded->port, place.port);
  EXPECT_EQ(decoded->nonce, place.nonce);
}

TEST(MeetingPlace, RefusesWhatIsNone) {
  const std::string nonce = "0123456789abcdef";
  const std::string texts[] = {"",
                               "\n",
                               "10.1.2.3 80",
                               "10.1.2.3 0 " + nonce,
                               "10.1.2.3 65536 " + nonce,
                               "10.1.2.3 x " + nonce,
                               "10.1.2.3 80 " + nonce + "0",
                               "10.1.2.3 80 0123456789abcdeg",
                               "10.1.2.3 80 " + nonce + " more",
                               std::string(257, 'x') + " 80 " + nonce,
                               "\xff 80 " + nonce,
                               std::string(1 << 20, ' ')};
  for (const std::string& text : texts)
    EXPECT_TRUE(absl::IsDataLoss(DecodeMeetingPlace(text).status())) << text;
}

TEST(MeetingPlace, NoncesDiffer) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(RandomNonce());
  EXPECT_EQ(nonces.size(), 1000);
  for (const std::string& nonce : nonces) EXPECT_TRUE(IsNonce(nonce));
  EXPECT_FALSE(IsNonce(""));
}

TEST(ListenAt, ListensWhereItSays) {
  for (const char* address : {"", "127.0.0.1"}) {
    const auto socket = ListenAt(address, 0);
    ASSERT_TRUE(socket.ok()) << socket.status();
    EXPECT_TRUE(Answers("127.0.0.1", socket->port, "", "", kSoon));
    EXPECT_TRUE(Answers("localhost", socket->port, "", "", kSoon));
    close(socket->fd);
    EXPECT_FALSE(Answers("127.0.0.1", socket->port, "", "", kSoon));
  }
}

TEST(ListenAt, ATakenPortIsNamed) {
  const auto first = ListenAt("", 0);
  ASSERT_TRUE(first.ok());
  for (const char* address : {"", "127.0.0.1"}) {
    const absl::Status status = ListenAt(address, first->port).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(status.message(),
                HasSubstr(absl::StrCat("port ", first->port)));
    EXPECT_THAT(status.message(), HasSubstr("is taken"));
  }
  close(first->fd);
}

TEST(ListenAt, RefusesWhatIsNotThisHosts) {
  EXPECT_FALSE(ListenAt("192.0.2.77", 0).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ListenAt("no address", 0).status()));
}

// A server that sends `reply` to whoever comes, and nothing more.
bool AskServer(const std::string& reply, const std::string& expected) {
  const auto socket = ListenAt("127.0.0.1", 0);
  std::thread server([&] {
    const int fd = accept(socket->fd, nullptr, nullptr);
    EXPECT_EQ(write(fd, reply.data(), reply.size()), reply.size());
    char byte;
    while (read(fd, &byte, 1) > 0) {
    }
    close(fd);
  });
  const bool answers = Answers("127.0.0.1", socket->port, "hello", expected,
                               std::chrono::milliseconds(300));
  server.join();
  close(socket->fd);
  return answers;
}

TEST(Answers, ComparesTheReply) {
  EXPECT_TRUE(AskServer("hi", "hi"));
  EXPECT_TRUE(AskServer("hi and more", "hi"));
  EXPECT_FALSE(AskServer("ho", "hi"));
  EXPECT_FALSE(AskServer("h", "hi"));  // and then silence
  EXPECT_FALSE(AskServer("", "hi"));
}

TEST(Answers, UnknownNamesAreNobody) {
  EXPECT_FALSE(Answers("", 0, "", "", kSoon));
  LookUpNamesLocally();  // or this asks a name server
  EXPECT_FALSE(Answers("no-such-host.invalid", 80, "", "", kSoon));
}

TEST(ThisHostAddress, UnknownInterfaceIsNamed) {
  EXPECT_THAT(ThisHostAddress({}, "nothere0").status().message(),
              HasSubstr("nothere0"));
  EXPECT_EQ(*ThisHostAddress({}, ""), "127.0.0.1");
  EXPECT_EQ(*ThisHostAddress({}, "lo"), "127.0.0.1");
}

}  // namespace
}  // namespace lockstep
