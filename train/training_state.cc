#include "train/training_state.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

std::string BytesOf(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().cpu().contiguous();
  return {static_cast<const char*>(flat.data_ptr()), flat.nbytes()};
}

void SetBytes(const char* bytes, const at::Tensor& tensor) {
  at::NoGradGuard no_grad;
  at::Tensor(tensor).copy_(at::from_blob(const_cast<char*>(bytes),
                                         tensor.sizes(), tensor.scalar_type()));
}

}  // namespace

TensorBytes BytesOf(const std::vector<NamedTensor>& tensors) {
  TensorBytes bytes;
  for (const NamedTensor& t : tensors) bytes[t.name] = BytesOf(t.tensor);
  return bytes;
}

absl::Status SetBytes(const TensorBytes& bytes,
                      const std::vector<NamedTensor>& tensors) {
  for (const NamedTensor& t : tensors) {
    const auto found = bytes.find(t.name);
    if (found == bytes.end() || found->second.size() != t.tensor.nbytes())
      return absl::DataLossError(absl::StrCat(
          "the checkpoint is of another net or optimiser: ", t.name,
          found == bytes.end() ? " is missing" : " has another size"));
  }
  for (const NamedTensor& t : tensors)
    SetBytes(bytes.at(t.name).data(), t.tensor);
  return absl::OkStatus();
}

std::string RankState(const std::vector<NamedTensor>& statistics,
                      const Score& score) {
  std::string state(sizeof(Score), 0);
  std::memcpy(state.data(), &score, sizeof(Score));
  for (const NamedTensor& one : statistics) state += BytesOf(one.tensor);
  return state;
}

absl::Status SetRankState(const std::string& state,
                          const std::vector<NamedTensor>& statistics,
                          Score& score) {
  size_t size = sizeof(Score);
  for (const NamedTensor& one : statistics) size += one.tensor.nbytes();
  if (state.size() != size)
    return absl::DataLossError(
        "the checkpoint is of another net: its running statistics differ");
  std::memcpy(&score, state.data(), sizeof(Score));
  const char* next = state.data() + sizeof(Score);
  for (const NamedTensor& one : statistics) {
    SetBytes(next, one.tensor);
    next += one.tensor.nbytes();
  }
  return absl::OkStatus();
}

absl::StatusOr<Score> ScoreIn(const std::string& state) {
  Score score;
  if (state.size() < sizeof(Score))
    return absl::DataLossError("the checkpoint has a rank without a score");
  std::memcpy(&score, state.data(), sizeof(Score));
  return score;
}

absl::Status BroadcastTensors(Communicator& comm,
                              const std::vector<NamedTensor>& tensors) {
  at::NoGradGuard no_grad;
  for (const NamedTensor& t : tensors) {
    const at::Tensor flat = t.tensor.detach().contiguous();
    const absl::Status status = comm.Broadcast(flat, 0);
    if (!status.ok()) return status;
    at::Tensor(t.tensor).copy_(flat);
  }
  return absl::OkStatus();
}

}  // namespace lockstep
