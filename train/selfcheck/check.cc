#include "train/selfcheck/check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep {
namespace {

const char* TagOf(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kPass:
      return "[PASS]";
    case CheckOutcome::kFail:
      return "[FAIL]";
    case CheckOutcome::kNote:
      return "[NOTE]";
  }
  return "";
}

int Count(const std::vector<Check>& checks, CheckOutcome outcome) {
  return std::count_if(checks.begin(), checks.end(), [&](const Check& check) {
    return check.outcome == outcome;
  });
}

}  // namespace

Check CombineRanks(const std::string& name, const std::string& text,
                   const std::vector<std::string>& problems) {
  const auto is_problem = [](const std::string& p) { return !p.empty(); };
  const auto first = std::find_if(problems.begin(), problems.end(), is_problem);
  if (first == problems.end()) return {CheckOutcome::kPass, name, text, ""};
  const auto ranks = std::count_if(first, problems.end(), is_problem);
  std::string what =
      absl::StrCat("rank ", first - problems.begin(), ": ", *first);
  if (ranks > 1)
    absl::StrAppend(&what, " (a problem on ", ranks, " of ", problems.size(),
                    " ranks)");
  return {CheckOutcome::kFail, name, what, ""};
}

std::string CheckLines(const Check& check) {
  return absl::StrCat(check.table, TagOf(check.outcome), " ", check.name, " | ",
                      check.text, "\n");
}

std::string SelfcheckSummary(const std::vector<Check>& checks, int world_size,
                             double seconds) {
  return absl::StrFormat(
      "[SELFCHECK] ranks=%d | passed=%d | failed=%d | notes=%d | "
      "seconds=%.1f\n",
      world_size, Count(checks, CheckOutcome::kPass),
      Count(checks, CheckOutcome::kFail), Count(checks, CheckOutcome::kNote),
      seconds);
}

absl::Status SelfcheckStatus(const std::vector<Check>& checks) {
  std::vector<std::string> failed;
  for (const Check& check : checks)
    if (check.outcome == CheckOutcome::kFail) failed.push_back(check.name);
  if (failed.empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "self-check failed: ", absl::StrJoin(failed, ", "),
      "; trust no run on these ranks before their [FAIL] lines are gone"));
}

}  // namespace lockstep
