// report.html of //quant:eval: one page that needs nothing else.

#ifndef LOCKSTEP_QUANT_REPORT_HTML_H_
#define LOCKSTEP_QUANT_REPORT_HTML_H_

#include <string>

#include "quant/report_data.h"

namespace lockstep::quant {

// Everything that `data` has; a figure that cannot be drawn (no gnuplot) says
// why in its place.
std::string HtmlReport(const ReportData& data);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REPORT_HTML_H_
