// What nccl-tests (all_reduce_perf and the others) prints, as text or as JSON
// (-J): collectives alone, by size.
//
// Formats: NVIDIA nccl-tests, src/util.cu, 2.0 to 2.17, JSON version 3.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/quantity.h"

namespace lockstep::analysis {

struct CollectiveRow {
  std::string source;  // "a.txt:12", or "a.json, result 3"
  uint64_t bytes = 0;
  uint64_t count = 0;  // elements
  std::string type;    // float, half, bfloat16, ...
  std::string redop;   // sum, ..., none
  bool in_place = false;
  Quantity time_us;  // as printed: what rounding left open goes along
  Quantity algbw;    // GB/s, 1e9 bytes
  Quantity busbw;
  std::optional<uint64_t> wrong;  // elements; none: not checked ("N/A")
};

struct CollectiveTable {
  std::string source;
  std::string collective;   // all_reduce_perf; "" if the file does not say
  uint32_t world_size = 0;  // 0 likewise
  std::string device;       // of the first rank
  std::optional<double> average_busbw;
  std::vector<CollectiveRow> rows;
  std::vector<std::string> notes;
};

bool LooksLikeNcclTests(absl::string_view begin);

// `source` names the file in rows and errors. InvalidArgument, one line, with
// the line or the result: a row that is cut short, a time that is not positive,
// no row at all.
absl::StatusOr<CollectiveTable> ReadNcclTests(absl::string_view bytes,
                                              const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_NCCL_TESTS_H_
