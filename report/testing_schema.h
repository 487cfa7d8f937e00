// Checks a JSON report against docs/report_schema.json, for tests.

#ifndef LOCKSTEP_REPORT_TESTING_SCHEMA_H_
#define LOCKSTEP_REPORT_TESTING_SCHEMA_H_

#include <string>

namespace lockstep {

// Where `report` is not what the schema says: the path and the rule; "" if it
// is. Knows the rules that the schema uses and reports any other.
std::string WhyNotAReport(const std::string& report);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_TESTING_SCHEMA_H_
