#include "analysis/bucket_table.h"

#include <map>

#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

constexpr double kMilliseconds = 1e3;

using Samples = std::vector<double>;

// One bucket over the repeats.
struct Bucket {
  uint64_t bytes = 0;
  std::vector<Samples> transfer_s, lead_s;  // by run
};

std::map<uint32_t, Bucket> BucketsOf(const RunGroup& group) {
  std::map<uint32_t, Bucket> buckets;
  for (const Run& run : group.runs) {
    for (const BucketTimes& times : run.buckets) {
      Bucket& bucket = buckets[times.bucket];
      bucket.bytes = times.bytes;
      bucket.transfer_s.push_back(times.transfer_s);
      bucket.lead_s.push_back(times.lead_s);
    }
  }
  return buckets;
}

Cell Utilisation(const Estimate& busbw, double peak) {
  if (peak <= 0) return Missing();
  return Figure(
      Apply([=](double b) { return UtilisationPercent(b, peak); }, busbw));
}

// Seeds differ from bucket to bucket: each is resampled on its own.
std::vector<Cell> Row(const RunGroup& group, uint32_t number,
                      const Bucket& bucket, double peak) {
  const Configuration& c = group.configuration;
  const uint64_t seed = (uint64_t{number} << 32) + 2 * group.number;
  const Estimate transfer = MedianOf(bucket.transfer_s, seed);
  const double bytes = bucket.bytes;
  const Estimate algbw =
      Apply([=](double s) { return AlgorithmBandwidth(bytes, s); }, transfer);
  const Estimate busbw =
      Apply([=](double b) { return BusBandwidth(b, c.world_size); }, algbw);
  const bool has_bytes = bucket.bytes > 0;
  return {Count(group.number),
          Count(c.world_size),
          Count(c.batch_size_per_rank),
          Count(number),
          has_bytes ? Number(1e-6 * bytes) : Missing(),
          Figure(MedianOf(bucket.lead_s, seed + 1), kMilliseconds),
          Figure(transfer, kMilliseconds),
          has_bytes ? Figure(algbw) : Missing(),
          has_bytes ? Figure(busbw) : Missing(),
          has_bytes ? Utilisation(busbw, peak) : Missing()};
}

}  // namespace

Table BucketTable(const std::vector<RunGroup>& groups,
                  double link_peak_gb_per_s) {
  Table table;
  table.name = "buckets";
  table.title = "Buckets";
  table.caption =
      "Each bucket's all-reduce, in launch order, median over recorded steps: "
      "lead = ready before the step's last gradient; transfer = minimum over "
      "ranks; algbw = bytes / transfer; busbw = algbw x 2(P-1)/P.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"bucket", ""},
                   {"bytes", "MB"},
                   {"lead", "ms", true},
                   {"transfer", "ms", true},
                   {"algbw", "GB/s", true},
                   {"busbw", "GB/s", true},
                   {"utilisation", "%", true}};
  for (const RunGroup& group : groups) {
    const double peak = link_peak_gb_per_s > 0
                            ? link_peak_gb_per_s
                            : group.configuration.link_peak_gb_per_s;
    for (const auto& [number, bucket] : BucketsOf(group))
      table.rows.push_back(Row(group, number, bucket, peak));
  }
  return table;
}

}  // namespace lockstep::analysis
