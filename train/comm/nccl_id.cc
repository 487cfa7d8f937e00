#include "train/comm/nccl_id.h"

#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <vector>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr char kIdKey[] = "nccl_id";

absl::StatusOr<ncclUniqueId> MakeId() {
  ncclUniqueId id = {};
  if (ncclGetUniqueId(&id) == ncclSuccess) return id;
  return absl::UnavailableError(absl::StrCat(
      "NCCL found no network interface: ", ncclGetLastError(nullptr)));
}

void Publish(const ncclUniqueId& id, c10d::Store& store) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&id);
  store.set(kIdKey, std::vector<uint8_t>(bytes, bytes + sizeof id));
}

absl::StatusOr<ncclUniqueId> Look(c10d::Store& store,
                                  std::chrono::milliseconds timeout) {
  store.wait({kIdKey}, timeout);
  const std::vector<uint8_t> shared = store.get(kIdKey);
  ncclUniqueId id = {};
  if (shared.size() != sizeof id)
    return absl::FailedPreconditionError(
        absl::StrCat("rank 0's NCCL id has ", shared.size(), " bytes, not ",
                     sizeof id, ": run one build on all ranks"));
  std::memcpy(&id, shared.data(), sizeof id);
  return id;
}

}  // namespace

absl::StatusOr<ncclUniqueId> ShareNcclId(c10d::Store* store, int rank,
                                         int world_size,
                                         std::chrono::milliseconds timeout) {
  try {
    if (rank != 0) return Look(*store, timeout);
    const auto id = MakeId();
    if (id.ok() && world_size > 1) Publish(*id, *store);
    return id;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return absl::DeadlineExceededError(
        absl::StrCat("connecting the ranks failed: no NCCL id from rank 0: ",
                     text.substr(0, text.find('\n'))));
  }
}

}  // namespace lockstep
