// Runs a program, for tests of its exit code and its words.

#ifndef LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_
#define LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_

#include <cstdint>
#include <string>

namespace lockstep {

struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string error;
  double cpu_seconds = 0;  // user and system
  // Largest resident memory, or that of the test itself if that is more.
  int64_t resident_bytes = 0;
};

// Runs the shell command `command` where tests run (the runfiles root).
ProgramResult RunProgram(const std::string& command);

// An empty folder named after the test that runs.
std::string NewTestFolder();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_
