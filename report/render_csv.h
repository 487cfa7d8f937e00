// Tables as CSV (RFC 4180, '\n' line ends): full precision, units in the names.

#ifndef LOCKSTEP_REPORT_RENDER_CSV_H_
#define LOCKSTEP_REPORT_RENDER_CSV_H_

#include <string>
#include <vector>

#include "report/table.h"

namespace lockstep {

// A line of names ("step_time_ms,step_time_ms_low,step_time_ms_high"), then a
// line a row. What is missing is empty. If findings concern some cells, a last
// column "findings" names them: "busbw (GB/s): E1".
std::string RenderCsv(const Table& table);

// All tables, each below a line "# name" and above an empty line.
std::string RenderCsv(const std::vector<Table>& tables);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_CSV_H_
