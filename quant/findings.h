// The report in sentences: whether int8 costs accuracy, and where.

#ifndef LOCKSTEP_QUANT_FINDINGS_H_
#define LOCKSTEP_QUANT_FINDINGS_H_

#include <string>
#include <vector>

#include "quant/report_data.h"

namespace lockstep::quant {

// A sentence for each kind of data that there is. Each states figures of the
// report's tables; none is a guess.
std::vector<std::string> Findings(const ReportData& data);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FINDINGS_H_
