#include "analysis/reported/trace_summary.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/metrics.h"
#include "analysis/reported/bus_factor.h"
#include "report/statistics.h"

namespace lockstep::analysis {
namespace {

constexpr double kNanosecond = 1e-9;

struct Span {
  int64_t start, end;
};

// The union of the kernels of `wanted` kinds, in order; `kernels` by start.
template <typename Wanted>
std::vector<Span> UnionOf(const std::vector<TraceKernel>& kernels,
                          Wanted wanted) {
  std::vector<Span> spans;
  for (const TraceKernel& kernel : kernels) {
    if (!wanted(kernel.kind)) continue;
    if (spans.empty() || kernel.start_ns > spans.back().end)
      spans.push_back({kernel.start_ns, kernel.end_ns});
    else
      spans.back().end = std::max(spans.back().end, kernel.end_ns);
  }
  return spans;
}

double Length(const std::vector<Span>& spans) {
  int64_t length = 0;
  for (const Span& span : spans) length += span.end - span.start;
  return length * kNanosecond;
}

double OverlapOf(const std::vector<Span>& a, const std::vector<Span>& b) {
  int64_t overlap = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    overlap += std::max<int64_t>(
        0, std::min(a[i].end, b[j].end) - std::max(a[i].start, b[j].start));
    a[i].end < b[j].end ? ++i : ++j;
  }
  return overlap * kNanosecond;
}

RankBreakdown BreakdownOf(const RankTrace& trace) {
  const auto all = UnionOf(trace.kernels, [](KernelKind) { return true; });
  const auto compute = UnionOf(
      trace.kernels, [](KernelKind k) { return k == KernelKind::kCompute; });
  const auto comm = UnionOf(trace.kernels, [](KernelKind k) {
    return k == KernelKind::kCommunication;
  });
  RankBreakdown rank;
  rank.rank = trace.rank;
  rank.total_s = (all.back().end - all.front().start) * kNanosecond;
  rank.idle_s = rank.total_s - Length(all);
  rank.compute_s = Length(compute);
  rank.non_compute_s = rank.total_s - rank.idle_s - rank.compute_s;
  rank.comm_s = Length(comm);
  rank.overlap_s = OverlapOf(comm, compute);
  return rank;
}

// Name and bytes -> what each rank ran of it, in order.
using Key = std::pair<std::string, uint64_t>;
using Kernels = std::vector<const TraceKernel*>;

std::map<Key, std::vector<Kernels>> CollectivesOf(const Trace& trace) {
  std::map<Key, std::vector<Kernels>> collectives;
  for (size_t r = 0; r < trace.ranks.size(); ++r) {
    const RankTrace& rank = trace.ranks[r];
    for (const TraceKernel& kernel : rank.kernels) {
      if (kernel.kind != KernelKind::kCommunication) continue;
      auto& by_rank =
          collectives[{rank.collectives[kernel.collective], kernel.bytes}];
      by_rank.resize(trace.ranks.size());
      by_rank[r].push_back(&kernel);
    }
  }
  return collectives;
}

double DurationOf(const TraceKernel& kernel) {
  return (kernel.end_ns - kernel.start_ns) * kNanosecond;
}

// Fills what is compared over ranks: the i-th kernel of each is the same
// collective.
void CompareRanks(const std::vector<Kernels>& by_rank, TraceCollective& to) {
  std::vector<double> shortest, skew;
  for (size_t i = 0; i < to.count; ++i) {
    double least = std::numeric_limits<double>::max();
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (const Kernels& kernels : by_rank) {
      least = std::min(least, DurationOf(*kernels[i]));
      first = std::min(first, kernels[i]->start_ns);
      last = std::max(last, kernels[i]->start_ns);
    }
    shortest.push_back(least);
    skew.push_back((last - first) * kNanosecond);
  }
  to.median_s = Median(std::move(shortest));
  to.start_skew_s = Median(std::move(skew));
}

double TotalOf(const Kernels& kernels) {
  double total = 0;
  for (const TraceKernel* kernel : kernels) total += DurationOf(*kernel);
  return total;
}

TraceCollective CollectiveOf(const Key& key,
                             const std::vector<Kernels>& by_rank,
                             uint32_t world_size, TraceSummary& summary) {
  TraceCollective collective;
  std::tie(collective.name, collective.bytes) = key;
  size_t most = 0;
  collective.count = by_rank[0].size();
  collective.total_s = std::numeric_limits<double>::max();
  for (const Kernels& kernels : by_rank) {
    collective.count = std::min(collective.count, kernels.size());
    most = std::max(most, kernels.size());
    collective.total_s = std::min(collective.total_s, TotalOf(kernels));
  }
  if (collective.count < most)
    summary.notes.push_back(absl::StrCat(
        "The ranks have between ", collective.count, " and ", most, " of ",
        collective.name, " (", collective.bytes, " bytes); the first ",
        collective.count, " are compared."));
  CompareRanks(by_rank, collective);
  collective.algbw_gb_per_s =
      AlgorithmBandwidth(collective.bytes, collective.median_s);
  collective.busbw_gb_per_s =
      collective.algbw_gb_per_s * BusFactor(collective.name, world_size);
  return collective;
}

}  // namespace

TraceSummary Summarize(const Trace& trace) {
  TraceSummary summary;
  summary.notes = trace.notes;
  summary.world_size = std::max<uint32_t>(trace.world_size, trace.ranks.size());
  for (const RankTrace& rank : trace.ranks)
    summary.ranks.push_back(BreakdownOf(rank));
  if (trace.ranks.size() < trace.world_size)
    summary.notes.push_back(absl::StrCat(
        "The traces are of ", trace.ranks.size(), " of ", trace.world_size,
        " ranks: the minimum over ranks, and with it the bandwidth, may hold "
        "waiting for the others."));
  for (const auto& [key, by_rank] : CollectivesOf(trace)) {
    TraceCollective collective =
        CollectiveOf(key, by_rank, summary.world_size, summary);
    if (collective.count > 0) summary.collectives.push_back(collective);
  }
  return summary;
}

}  // namespace lockstep::analysis
