// bazel run //analysis:synthetic_events -- FOLDER: one run with known times, as
// a record and as traces, for comparisons of tools that read them.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "analysis/testing_events.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"

ABSL_FLAG(uint32_t, ranks, 8, "[shape] ranks, each with a trace of its own");
ABSL_FLAG(uint32_t, buckets, 25, "[shape] collectives a step");
ABSL_FLAG(uint32_t, steps, 5000, "[shape] steps");
ABSL_FLAG(bool, traces, false, "[output] write the traces too");

namespace lockstep::analysis {
namespace {

absl::Status Write(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    return absl::InvalidArgumentError("expected one FOLDER to write to");
  const EventShape shape = {absl::GetFlag(FLAGS_ranks),
                            absl::GetFlag(FLAGS_buckets),
                            absl::GetFlag(FLAGS_steps)};
  if (shape.ranks == 0 || shape.buckets == 0 || shape.steps < 2)
    return absl::InvalidArgumentError(
        "expected at least a rank, a bucket and two steps");
  const std::string folder = ResolveUserPath(arguments[0]);
  absl::Status status = MakeWritableDirectory(folder);
  if (status.ok()) status = WriteEventRecord(shape, folder + "/run.rec");
  if (status.ok() && absl::GetFlag(FLAGS_traces))
    status = WriteEventTraces(shape, folder);
  return status;
}

}  // namespace
}  // namespace lockstep::analysis

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv,
                           "Writes run.rec, and rank0.json and so on, of one "
                           "run with known times into FOLDER.",
                           lockstep::analysis::Write);
}
