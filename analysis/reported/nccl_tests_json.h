// The JSON form of nccl-tests' results; nccl_tests.h is for users.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_JSON_H_
#define LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/nccl_tests.h"

namespace lockstep::analysis {

// As ReadNcclTests.
absl::StatusOr<CollectiveTable> ReadNcclTestsJson(absl::string_view bytes,
                                                  const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_JSON_H_
