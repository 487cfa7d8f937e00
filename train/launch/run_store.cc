#include "train/launch/run_store.h"

#include <c10/util/Logging.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStoreBackend.hpp>
#include <vector>

namespace lockstep {
namespace {

// What c10d's clients begin with, and what its server says to it.
constexpr char kPong[] = "ping";
std::string Ping() {
  using c10d::detail::QueryType;
  const uint32_t magic = c10d::detail::validationMagicNumber;
  std::string bytes(1, static_cast<char>(QueryType::VALIDATE));
  bytes.append(reinterpret_cast<const char*>(&magic), sizeof(magic));
  bytes.push_back(static_cast<char>(QueryType::PING));
  return bytes + kPong;
}

StorePtr OpenStore(const std::string& address, int port,
                   std::optional<int> listening,
                   std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions o;
  o.port = port;
  o.isServer = listening.has_value();
  o.masterListenFd = listening;
  o.waitWorkers = false;  // we wait ourselves, to say who is missing
  o.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(address, o);
}

}  // namespace

void LogNothing() {
  FLAGS_caffe2_log_level = std::max(FLAGS_caffe2_log_level, c10::GLOG_FATAL);
}

StorePtr ServeStore(const std::string& address, const ListeningSocket& socket,
                    std::chrono::milliseconds timeout) {
  return OpenStore(address, socket.port, socket.fd, timeout);
}

StorePtr ConnectToStore(const std::string& address, int port,
                        std::chrono::milliseconds timeout) {
  return OpenStore(address, port, {}, timeout);
}

bool IsStore(const std::string& address, int port,
             std::chrono::milliseconds timeout) {
  return Answers(address, port, Ping(), kPong, timeout);
}

StorePtr Below(const std::string& prefix, const StorePtr& store) {
  return c10::make_intrusive<c10d::PrefixStore>(prefix, store);
}

void Set(c10d::Store& store, const std::string& key, const std::string& text) {
  store.set(key, std::vector<uint8_t>(text.begin(), text.end()));
}

std::string Get(c10d::Store& store, const std::string& key) {
  const std::vector<uint8_t> bytes = store.get(key);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace lockstep
