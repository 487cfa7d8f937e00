// One line of a self-check: what was looked at and how it came out. No torch.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_CHECK_H_
#define LOCKSTEP_TRAIN_SELFCHECK_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace lockstep {

enum class CheckOutcome {
  kPass,
  kFail,  // runs on these ranks cannot be trusted
  kNote,  // worth knowing; nothing is wrong
};

struct Check {
  CheckOutcome outcome = CheckOutcome::kPass;
  std::string name;   // what was looked at: "all-reduce"
  std::string text;   // one line: figures, or what is wrong and what to do
  std::string table;  // whole lines to print before; "" = none
};

// The outcome of something that all ranks looked at. `problems` by rank, "" =
// none: with any of them FAIL, naming the first rank that has one and how many
// have; else PASS with `text`.
Check CombineRanks(const std::string& name, const std::string& text,
                   const std::vector<std::string>& problems);

// The table, then "[PASS] name | text\n".
std::string CheckLines(const Check& check);

// The closing line, "[SELFCHECK] ranks=4 | passed=7 | failed=0 | notes=1 |
// seconds=31.2\n".
std::string SelfcheckSummary(const std::vector<Check>& checks, int world_size,
                             double seconds);

// Internal (exit code 1), naming the checks that failed; OK without any.
absl::Status SelfcheckStatus(const std::vector<Check>& checks);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_CHECK_H_
