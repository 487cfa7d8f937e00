// The ways in which a bandwidth is commonly computed, right and wrong.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_BANDWIDTH_FORMS_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_BANDWIDTH_FORMS_H_

#include "analysis/findings/claims.h"

namespace lockstep::analysis {

struct BandwidthForm {
  const char* what;     // what was computed: "one step's bytes over ..."
  double of_right = 1;  // the form's value / the right one
  bool is_one_step = false;
};

struct BandwidthCheck {
  bool can_check = false;  // the row has a bandwidth, bytes, steps and a time
  bool is_right = false;   // within rounding
  Quantity right;
  // If it is not: the wrong ways that give the printed value.
  std::vector<BandwidthForm> forms;
};

BandwidthCheck CheckBandwidth(const ReportedTable& table,
                              const ReportedRow& row);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_BANDWIDTH_FORMS_H_
