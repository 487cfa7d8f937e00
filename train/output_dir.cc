#include "train/output_dir.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

// Where runs go that name no --output_dir.
constexpr char kRunsFolder[] = "lockstep_runs";

std::string RecordPath(const std::string& directory, int number) {
  return number == 1 ? directory + "/run.rec"
                     : absl::StrCat(directory, "/run-", number, ".rec");
}

}  // namespace

absl::Status CheckOutputDirectory(const TrainOptions& options, bool resume) {
  const std::string path = options.output_dir.empty()
                               ? ResolveUserPath(kRunsFolder)
                               : options.output_dir;
  const absl::Status status = MakeWritableDirectory(path);
  if (!status.ok() || resume || !std::filesystem::exists(path + "/run.rec"))
    return status;
  return absl::AlreadyExistsError(
      absl::StrCat(path,
                   " holds the record of another run, which is never "
                   "overwritten; choose another --output_dir, or --resume"));
}

absl::StatusOr<std::string> PrepareOutputDirectory(const TrainOptions& options,
                                                   int world_size,
                                                   bool resume) {
  const absl::Status status = CheckOutputDirectory(options, resume);
  if (!status.ok()) return status;
  if (!options.output_dir.empty()) return options.output_dir;
  const std::string path = ResolveUserPath(absl::StrFormat(
      "%s/%s-p%d-b%d-%s", kRunsFolder, options.model, world_size,
      options.batch_size,
      absl::FormatTime("%Y%m%d-%H%M%S", absl::Now(), absl::LocalTimeZone())));
  const absl::Status made = MakeWritableDirectory(path);
  if (!made.ok()) return made;
  return path;
}

std::string NewRecordPath(const std::string& directory) {
  int number = 1;
  while (std::filesystem::exists(RecordPath(directory, number))) ++number;
  return RecordPath(directory, number);
}

std::string NewestRecordPath(const std::string& directory) {
  int number = 1;
  while (std::filesystem::exists(RecordPath(directory, number + 1))) ++number;
  return RecordPath(directory, number);
}

}  // namespace lockstep
