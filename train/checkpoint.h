// A run's state on disk, from which it goes on as if it had never stopped. No
// torch.
//
// DIR/step-000000120.ckpt is written whole beside its name, synced and renamed;
// the one before it stays until then and after, older ones go. Contents carry a
// CRC32C. A full disk or a kill at any moment leaves the older file usable.

#ifndef LOCKSTEP_TRAIN_CHECKPOINT_H_
#define LOCKSTEP_TRAIN_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// How far training has come.
struct TrainingPosition {
  int64_t epoch = 0;        // the one under way
  int64_t images_done = 0;  // positions of its order that are over
  int64_t steps = 0;        // over all epochs
  double elapsed_s = 0;     // training time so far
};

struct Checkpoint {
  TrainingPosition position;
  int world_size = 0;
  std::string run_id;                        // of the record that was stopped
  std::string log_csv;                       // log.csv so far
  std::map<std::string, std::string> flags;  // of that run

  // Parameters' names in the order in which the reducer fills its buckets: sums
  // of three and more ranks depend on it. Empty for one rank.
  std::vector<std::string> gradient_order;
  // Parameters and optimiser state by name: raw bytes, row-major.
  std::map<std::string, std::string> tensors;
  // What differs between ranks, by rank (training_state.h).
  std::vector<std::string> rank_states;
};

// One file's bytes, and back. DataLoss, naming `name`, if they are damaged;
// FailedPrecondition if another version wrote them.
std::string EncodeCheckpoint(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> DecodeCheckpoint(absl::string_view bytes,
                                            const std::string& name);

// Writes `checkpoint` into `directory` (made if need be) and removes all but
// the one before it. On failure the older ones stay.
absl::Status WriteCheckpoint(const std::string& directory,
                             const Checkpoint& checkpoint);

// Where WriteCheckpoint() puts it.
std::string CheckpointPath(const std::string& directory, int64_t steps);

struct FoundCheckpoint {
  Checkpoint checkpoint;
  std::string path;
  std::string warning;  // names a newer file that is damaged, or ""
};

// The newest one in `directory` that is whole. NotFound if there is none (the
// folder may be missing); DataLoss if all are damaged.
absl::StatusOr<FoundCheckpoint> ReadNewestCheckpoint(
    const std::string& directory);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_CHECKPOINT_H_
