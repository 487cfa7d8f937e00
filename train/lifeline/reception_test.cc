#include "train/lifeline/reception.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

constexpr char kNonce[] = "0123456789abcdef";
constexpr std::chrono::seconds kPatience(60);

class ReceptionTest : public ::testing::Test {
 protected:
  Connection Knock() {
    return Connection(*Dial("127.0.0.1", reception_.port(), kPatience));
  }

  // Serves until somebody arrives or nothing has come for `quiet_ms`.
  std::vector<Arrival> Serve(int quiet_ms) {
    while (true) {
      std::vector<pollfd> fds;
      reception_.AddTo(&fds);
      if (poll(fds.data(), fds.size(), quiet_ms) <= 0) return {};
      std::vector<Arrival> arrivals = reception_.Serve(fds.data());
      if (!arrivals.empty()) return arrivals;
    }
  }

  static Message Hello(const std::string& nonce) {
    Message m;
    m.type = Message::kHello;
    m.who = {1, "n1", 101};
    m.text = nonce;
    return m;
  }

  Reception reception_{*Listen("127.0.0.1"), 2, kNonce,
                       std::chrono::seconds(8)};
};

TEST_F(ReceptionTest, WhoKnowsTheNonceArrivesWithWhatItSaid) {
  Connection rank = Knock();
  rank.Send(Hello(kNonce));
  rank.Send(Message());
  const std::vector<Arrival> arrivals = Serve(60000);
  ASSERT_EQ(arrivals.size(), 1);
  EXPECT_EQ(Describe(arrivals[0].who), "rank 1 (host n1, pid 101)");
  EXPECT_EQ(arrivals[0].more.size(), 1);
  EXPECT_EQ(arrivals[0].state, Connection::State::kOpen);
}

TEST_F(ReceptionTest, WhoDiesAtOnceArrivesWithItsEnd) {
  Connection rank = Knock();
  rank.Send(Hello(kNonce));
  rank.Close();
  const std::vector<Arrival> arrivals = Serve(60000);
  ASSERT_EQ(arrivals.size(), 1);
  EXPECT_EQ(arrivals[0].state, Connection::State::kClosed);
}

TEST_F(ReceptionTest, AnyOtherFirstWordIsTheLast) {
  for (const Message& word : {Hello("wrong"), Hello(""), Message()}) {
    Connection stranger = Knock();
    stranger.Send(word);
    stranger.Send(Hello(kNonce));
    EXPECT_TRUE(Serve(200).empty());
    std::vector<Message> answers;
    EXPECT_EQ(stranger.Receive(&answers), Connection::State::kClosed);
    EXPECT_TRUE(answers.empty());
  }
}

TEST_F(ReceptionTest, ARankGetsInThroughAFullHouse) {
  std::vector<Connection> crowd;
  for (size_t i = 0; i < 3 * kSpareGuests; ++i) crowd.push_back(Knock());
  EXPECT_TRUE(Serve(200).empty());
  std::vector<pollfd> fds;
  reception_.AddTo(&fds);
  EXPECT_EQ(fds.size(), 1 + 2 + kSpareGuests);
  Connection rank = Knock();
  rank.Send(Hello(kNonce));
  EXPECT_EQ(Serve(60000).size(), 1);
}

}  // namespace
}  // namespace lockstep
