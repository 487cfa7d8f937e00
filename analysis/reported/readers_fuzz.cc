// What a fuzzer feeds with bytes: each reader must read or refuse any, and not
// crash, leak or take more memory than its file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "analysis/reported/collective_checks.h"
#include "analysis/reported/log_reader.h"
#include "analysis/reported/nccl_tests.h"
#include "analysis/reported/trace_reader.h"
#include "analysis/reported/trace_table.h"

namespace {

using namespace lockstep::analysis;

void FeedTrace(absl::string_view bytes) {
  const auto trace = ReadTrace(bytes, "rank0.json");
  if (!trace.ok()) return;
  const TraceSummary summary = Summarize(*trace);
  TraceBreakdownTable(summary);
  TraceCollectiveTable(summary);
  for (const RankBreakdown& rank : summary.ranks)
    if (rank.idle_s < 0 || rank.compute_s < 0 || rank.overlap_s < 0)
      std::abort();
}

void FeedNcclTests(absl::string_view bytes) {
  const auto table = ReadNcclTests(bytes, "a.txt");
  if (!table.ok()) return;
  OtherAlgorithmBandwidth(*table);
  OtherBusBandwidth(*table);
  FitPoints(*table);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  LooksLikeTrace(bytes);
  LooksLikeNcclTests(bytes);
  LooksLikeLog(bytes);
  FeedTrace(bytes);
  FeedNcclTests(bytes);
  ReadLog(bytes, "p2/b64.log").status().IgnoreError();
  return 0;
}
