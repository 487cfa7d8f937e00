// A finding as every renderer prints it.

#ifndef LOCKSTEP_REPORT_FINDING_TEXT_H_
#define LOCKSTEP_REPORT_FINDING_TEXT_H_

#include <string>
#include <vector>

namespace lockstep {

struct FindingText {
  std::string id;         // of its rule, "E1"; as in Cell::marks
  std::string severity;   // "error", "warning", "note"
  std::string title;      // a few words
  std::string what;       // what is wrong, one sentence or more
  std::string corrected;  // the value that is right; "" if there is none
  std::string formula;    // what gives it; likewise
  std::vector<std::string> cells;  // where: "s2.csv:6 bandwidth (GB/s)"
};

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_FINDING_TEXT_H_
