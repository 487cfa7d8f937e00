// Command lines of the Lockstep programs: Abseil flags, our errors and help.
//
// Abseil's own parser exits with 1 and several lines on a bad flag; ours makes
// every mistake a Status (exit code 2, one line that names it), suggests the
// nearest flag, and prints --help by group.
//
//   ABSL_FLAG(int, batch_size, 128, "[data] images per rank and step");
//   int main(int argc, char** argv) {
//     return lockstep::RunMain(argc, argv, "Trains ...", Train);
//   }
//
// A flag's help text starts with its group in brackets; flags without one
// (those of libraries) are accepted but not listed.

#ifndef LOCKSTEP_TOOLS_CLI_COMMAND_LINE_H_
#define LOCKSTEP_TOOLS_CLI_COMMAND_LINE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// Sets all Abseil flags named in `argv` and returns the positional arguments in
// order. Accepts --name=value, --name value, --bool, --nobool, one or two
// dashes; everything after "--" is positional. InvalidArgument names an unknown
// flag (with the nearest known one), a missing or an illegal value.
absl::StatusOr<std::vector<std::string>> ParseCommandLine(int argc,
                                                          char** argv);

// The text of --help: `purpose`, then the flags by group with default values.
std::string HelpText(absl::string_view program, absl::string_view purpose);

// Name and current value of every grouped flag, as the run record stores them.
std::map<std::string, std::string> GroupedFlagValues();

// Sets flag `name`, which must exist and accept `value`: for a value that the
// program chose itself, so that GroupedFlagValues() tells what was used.
void SetFlagValue(const std::string& name, const std::string& value);

// Parses the command line, answers --help on standard output, runs `body` with
// the positional arguments, prints a failure as one line on standard error
// (none if it has no message) and returns the exit code (exit_code.h). Standard
// output that could not be written (full disk, closed pipe) is a failure too.
int RunMain(
    int argc, char** argv, absl::string_view purpose,
    const std::function<absl::Status(const std::vector<std::string>&)>& body);

// `path` relative to where the user stands: `bazel run` changes the working
// directory and leaves the user's in BUILD_WORKING_DIRECTORY. Absolute paths
// and
// "" are returned as they are.
std::string ResolveUserPath(const std::string& path);

// Checks that `value` is one of `allowed`; InvalidArgument lists them.
absl::Status CheckOneOf(absl::string_view flag, absl::string_view value,
                        const std::vector<std::string>& allowed);

// Checks that `value` lies in [low, high]; a NaN does not.
absl::Status CheckRange(absl::string_view flag, double value, double low,
                        double high);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_COMMAND_LINE_H_
