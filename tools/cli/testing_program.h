// Runs a program, for tests of its exit code and its words.

#ifndef LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_
#define LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_

#include <string>

namespace lockstep {

struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string error;
};

// Runs the shell command `command` where tests run (the runfiles root).
ProgramResult RunProgram(const std::string& command);

// An empty folder named after the test that runs.
std::string NewTestFolder();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_TESTING_PROGRAM_H_
