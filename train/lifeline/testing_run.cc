#include "train/lifeline/testing_run.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lockstep {

LifelineServer::Options TestServerOptions(int world_size) {
  LifelineServer::Options options;
  options.world_size = world_size;
  options.host = "n0";
  options.nonce = kTestNonce;
  return options;
}

Lifeline::Options TestOptions(int rank, int world_size) {
  Lifeline::Options options;
  options.self = {rank, absl::StrCat("n", rank), 100 + rank};
  options.world_size = world_size;
  options.nonce = kTestNonce;
  options.connect_timeout = kTestPatience;
  return options;
}

TestRun::TestRun(int world_size) : ranks_(world_size) {
  auto server =
      LifelineServer::Start("127.0.0.1", TestServerOptions(world_size));
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

std::unique_ptr<TestRun> TestRun::AllConnected(int world_size) {
  auto run = std::make_unique<TestRun>(world_size);
  for (int rank = 0; rank < world_size; ++rank) {
    const absl::Status status = run->Connect(TestOptions(rank, world_size));
    EXPECT_TRUE(status.ok()) << status;
  }
  return run;
}

absl::Status TestRun::Connect(Lifeline::Options options) {
  TestRank* const rank = &ranks_[options.self.rank];
  options.on_verdict = [rank](const Verdict&) { ++rank->verdicts; };
  options.on_stop = [rank](const std::string&) { ++rank->stops; };
  auto lifeline = Lifeline::Connect("127.0.0.1", server_->port(), options);
  if (!lifeline.ok()) return lifeline.status();
  rank->lifeline = *std::move(lifeline);
  return absl::OkStatus();
}

Verdict TestRun::CommonVerdict() {
  std::optional<Verdict> common;
  for (TestRank& rank : ranks_) {
    if (rank.lifeline == nullptr) continue;
    const auto verdict = rank.lifeline->WaitForVerdict(kTestPatience);
    EXPECT_TRUE(verdict) << "no verdict on rank " << &rank - ranks_.data();
    if (!verdict) return {};
    if (!common) common = verdict;
    EXPECT_EQ(verdict->rank, common->rank);
    EXPECT_EQ(verdict->cause, common->cause);
    EXPECT_TRUE(Eventually([&] { return rank.verdicts > 0; }));
    EXPECT_EQ(rank.verdicts, 1);
  }
  return *common;
}

}  // namespace lockstep
