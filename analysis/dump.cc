// bazel run //analysis:dump -- FILE.rec: a run record as text.

#include <cstdio>
#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "proto/record_io.h"
#include "tools/cli/command_line.h"

namespace lockstep::analysis {
namespace {

constexpr char kPurpose[] =
    "Prints a run record as text, one protobuf message after the other.\n\n"
    "  bazel run //analysis:dump -- FILE.rec";

absl::Status Dump(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    return absl::InvalidArgumentError("expected one record: dump FILE.rec");
  const absl::StatusOr<RecordFile> file =
      ReadRecordFile(ResolveUserPath(arguments[0]));
  if (!file.ok()) return file.status();
  if (file->records.empty() && file->problem.ok())
    return absl::InvalidArgumentError(arguments[0] + " is empty");
  for (size_t i = 0; i < file->records.size(); ++i) {
    std::string text;
    google::protobuf::TextFormat::PrintToString(file->records[i], &text);
    std::printf("# record %zu\n%s\n", i, text.c_str());
  }
  // Before what is wrong: the damage stands last on a terminal.
  if (std::fflush(stdout) != 0)
    return absl::InternalError("standard output could not be written");
  return file->problem;
}

}  // namespace
}  // namespace lockstep::analysis

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv, lockstep::analysis::kPurpose,
                           lockstep::analysis::Dump);
}
