#include "analysis/reported/trace_table.h"

namespace lockstep::analysis {
namespace {

constexpr double kMilli = 1e3;
constexpr double kMicro = 1e6;

// `part` of `whole`, in per cent.
Cell Percent(double part, double whole) {
  return whole > 0 ? Decimal(100 * part / whole, 2) : Missing();
}

Cell PositiveOrMissing(double value, int digits) {
  return value > 0 ? Number(value, digits) : Missing();
}

}  // namespace

Table TraceBreakdownTable(const TraceSummary& summary) {
  Table table;
  table.name = "trace_breakdown";
  table.title = "Where the time of the trace goes";
  table.caption =
      "Holistic Trace Analysis' breakdown of the time from the first kernel to "
      "the last one: it counts communication behind a computation as compute. "
      "Overlap: its share of the communication.";
  table.columns = {{"rank", ""},         {"total", "ms"},
                   {"idle", "%"},        {"compute", "%"},
                   {"non-compute", "%"}, {"communication", "ms"},
                   {"overlap", "%"},     {"exposed", "ms"}};
  for (const RankBreakdown& rank : summary.ranks)
    table.rows.push_back({Count(rank.rank), Number(kMilli * rank.total_s),
                          Percent(rank.idle_s, rank.total_s),
                          Percent(rank.compute_s, rank.total_s),
                          Percent(rank.non_compute_s, rank.total_s),
                          Number(kMilli * rank.comm_s),
                          Percent(rank.overlap_s, rank.comm_s),
                          Number(kMilli * rank.Exposed())});
  table.notes = summary.notes;
  return table;
}

Table TraceCollectiveTable(const TraceSummary& summary) {
  Table table;
  table.name = "trace_collectives";
  table.title = "Collectives of the trace";
  table.caption =
      "Time: median over the collectives of the minimum over ranks, which "
      "holds "
      "no waiting for late ranks if all ranks are traced. GB = 1e9 bytes. "
      "Start "
      "skew: last start - first start, median; true only if the ranks' clocks "
      "agree.";
  table.columns = {{"collective", ""}, {"bytes", ""},       {"count", ""},
                   {"total", "ms"},    {"time", "us"},      {"algbw", "GB/s"},
                   {"busbw", "GB/s"},  {"start skew", "us"}};
  for (const TraceCollective& c : summary.collectives)
    table.rows.push_back(
        {Text(c.name), c.bytes > 0 ? Count(c.bytes) : Missing(), Count(c.count),
         Number(kMilli * c.total_s), Number(kMicro * c.median_s),
         PositiveOrMissing(c.algbw_gb_per_s, 3),
         PositiveOrMissing(c.busbw_gb_per_s, 3),
         summary.ranks.size() > 1 ? Number(kMicro * c.start_skew_s)
                                  : Missing()});
  return table;
}

}  // namespace lockstep::analysis
