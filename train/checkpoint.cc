#include "train/checkpoint.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/record_io.h"
#include "tools/cli/file.h"
#include "train/checkpoint.pb.h"

namespace lockstep {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kKept = 2;
constexpr char kPrefix[] = "step-", kSuffix[] = ".ckpt";

Checkpoint FromFile(const CheckpointFile& file) {
  Checkpoint c;
  c.position.epoch = file.epoch();
  c.position.images_done = file.images_done();
  c.position.steps = file.steps();
  c.position.elapsed_s = file.elapsed_s();
  c.world_size = file.world_size();
  c.run_id = file.run_id();
  c.log_csv = file.log_csv();
  c.flags.insert(file.flags().begin(), file.flags().end());
  c.tensors.insert(file.tensors().begin(), file.tensors().end());
  c.rank_states.assign(file.rank_states().begin(), file.rank_states().end());
  c.gradient_order.assign(file.gradient_order().begin(),
                          file.gradient_order().end());
  return c;
}

absl::Status Damaged(const std::string& path, absl::string_view how) {
  return absl::DataLossError(absl::StrCat(path, " is damaged: ", how));
}

absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path) {
  const auto bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  return DecodeCheckpoint(*bytes, path);
}

// What a writer that was killed left; only one writes at a time.
void RemoveTemporaries(const std::string& directory) {
  std::vector<std::filesystem::path> left;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory, ignored))
    if (absl::StartsWith(entry.path().filename().string(), kPrefix) &&
        entry.path().extension() == ".tmp")
      left.push_back(entry.path());
  for (const auto& path : left) std::filesystem::remove(path, ignored);
}

// The checkpoints in `directory`, newest first: names sort by step.
std::vector<std::string> Paths(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (absl::StartsWith(name, kPrefix) && absl::EndsWith(name, kSuffix))
      paths.push_back(entry.path());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

}  // namespace

std::string EncodeCheckpoint(const Checkpoint& c) {
  CheckpointFile file;
  file.set_version(kVersion);
  file.set_epoch(c.position.epoch);
  file.set_images_done(c.position.images_done);
  file.set_steps(c.position.steps);
  file.set_elapsed_s(c.position.elapsed_s);
  file.set_world_size(c.world_size);
  file.set_run_id(c.run_id);
  file.set_log_csv(c.log_csv);
  file.mutable_flags()->insert(c.flags.begin(), c.flags.end());
  file.mutable_tensors()->insert(c.tensors.begin(), c.tensors.end());
  for (const std::string& state : c.rank_states) file.add_rank_states(state);
  for (const std::string& name : c.gradient_order)
    file.add_gradient_order(name);
  return FrameRecord(file.SerializeAsString());
}

absl::StatusOr<Checkpoint> DecodeCheckpoint(absl::string_view bytes,
                                            const std::string& name) {
  const auto payload = TakeFrame(bytes);
  if (!payload.ok()) return Damaged(name, payload.status().message());
  CheckpointFile file;
  // Of names that are not UTF-8 the library would print lines of its own.
  const google::protobuf::LogSilencer silencer;
  if (!bytes.empty() || !file.ParseFromArray(payload->data(), payload->size()))
    return Damaged(name, "it is not one checkpoint");
  if (file.version() != kVersion)
    return absl::FailedPreconditionError(
        absl::StrCat(name, " is of version ", file.version(),
                     ", this program reads version ", kVersion));
  return FromFile(file);
}

std::string CheckpointPath(const std::string& directory, int64_t steps) {
  return absl::StrFormat("%s/%s%09d%s", directory, kPrefix, steps, kSuffix);
}

absl::Status WriteCheckpoint(const std::string& directory,
                             const Checkpoint& checkpoint) {
  absl::Status status = MakeWritableDirectory(directory);
  if (!status.ok()) return status;
  RemoveTemporaries(directory);  // before, because they take space
  status =
      WriteFileAtomically(CheckpointPath(directory, checkpoint.position.steps),
                          EncodeCheckpoint(checkpoint));
  if (!status.ok()) return status;
  const std::vector<std::string> paths = Paths(directory);
  for (size_t i = kKept; i < paths.size(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(paths[i], ignored);
  }
  return absl::OkStatus();
}

absl::StatusOr<FoundCheckpoint> ReadNewestCheckpoint(
    const std::string& directory) {
  FoundCheckpoint found;
  absl::Status first;
  for (const std::string& path : Paths(directory)) {
    auto checkpoint = ReadCheckpoint(path);
    if (checkpoint.ok()) {
      found.checkpoint = *std::move(checkpoint);
      found.path = path;
      if (!first.ok())
        found.warning =
            absl::StrCat(first.message(), "; the one before it is used");
      return found;
    }
    if (first.ok()) first = checkpoint.status();
  }
  if (!first.ok()) return first;
  return absl::NotFoundError(
      absl::StrCat("there is no checkpoint in ", directory));
}

}  // namespace lockstep
