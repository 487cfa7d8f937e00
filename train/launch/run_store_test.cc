#include "train/launch/run_store.h"

#include <unistd.h>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

constexpr auto kPlenty = std::chrono::seconds(40);
constexpr auto kShort = std::chrono::milliseconds(100);

TEST(RunStore, ClientsSeeWhatTheServerHolds) {
  const auto socket = ListenAt("127.0.0.1", 0);
  ASSERT_TRUE(socket.ok()) << socket.status();
  const StorePtr server = ServeStore("127.0.0.1", *socket, kPlenty);
  ASSERT_TRUE(IsStore("127.0.0.1", socket->port, kPlenty));
  const StorePtr client = ConnectToStore("127.0.0.1", socket->port, kPlenty);
  for (const std::string& text :
       {std::string(), std::string("words"), std::string("a\nb\0c", 5)}) {
    Set(*client, "key", text);
    EXPECT_EQ(Get(*server, "key"), text);
  }
}

TEST(RunStore, KeysOfRunsDoNotMeet) {
  const auto socket = ListenAt("127.0.0.1", 0);
  ASSERT_TRUE(socket.ok()) << socket.status();
  const StorePtr store = ServeStore("127.0.0.1", *socket, kPlenty);
  const StorePtr one = Below("one", store), other = Below("other", store);
  Set(*one, "key", "1");
  EXPECT_FALSE(other->check({"key"}));
  Set(*other, "key", "2");
  EXPECT_EQ(Get(*one, "key"), "1");
}

// It accepts, as the kernel does for it, and says nothing.
TEST(RunStore, WhatDoesNotAnswerIsNoStore) {
  const auto silent = ListenAt("127.0.0.1", 0);
  ASSERT_TRUE(silent.ok()) << silent.status();
  EXPECT_FALSE(IsStore("127.0.0.1", silent->port, kShort));
  close(silent->fd);
  EXPECT_FALSE(IsStore("127.0.0.1", silent->port, kShort));
}

}  // namespace
}  // namespace lockstep
