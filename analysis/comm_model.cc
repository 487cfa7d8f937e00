#include "analysis/comm_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/comm_points.h"
#include "analysis/laws/fit.h"

namespace lockstep::analysis {
namespace {

using Samples = std::vector<double>;

// All reductions of one size and number of ranks.
struct SizePoint {
  uint32_t world_size = 0;
  double bytes = 0;
  Estimate seconds;
};

struct Source {
  std::string name;
  std::vector<SizePoint> points;
};

// bytes -> by run, what MedianOf resamples.
using BySize = std::map<double, std::vector<Samples>>;

BySize TrainingSamples(const RunGroup& group) {
  BySize sizes;
  for (const Run& run : group.runs) {
    std::map<double, Samples> of_run;
    for (const BucketTimes& bucket : run.buckets) {
      Samples& samples = of_run[bucket.bytes];
      samples.insert(samples.end(), bucket.transfer_s.begin(),
                     bucket.transfer_s.end());
    }
    for (auto& [bytes, samples] : of_run) sizes[bytes].push_back(samples);
  }
  return sizes;
}

BySize BaselineSamples(const RunGroup& group) {
  BySize sizes;
  for (const Run& run : group.runs)
    for (const CommBaseline::Row& row : run.baseline.rows()) {
      Samples samples;
      for (const double us : row.time_us()) samples.push_back(us * 1e-6);
      if (samples.empty()) samples.push_back(row.time_median_us() * 1e-6);
      sizes[row.bytes()].push_back(samples);
    }
  return sizes;
}

// A record may hold anything.
bool IsModelled(double bytes, const Estimate& seconds) {
  const auto is_time = [](double s) { return std::isfinite(s) && s > 0; };
  return bytes >= kSmallestModelBytes && is_time(seconds.value) &&
         std::all_of(seconds.replicates.begin(), seconds.replicates.end(),
                     is_time);
}

Source SourceOf(const std::vector<const RunGroup*>& groups,
                const std::string& kind,
                BySize (*samples_of)(const RunGroup&)) {
  Source source;
  std::set<std::string> numbers;
  for (const RunGroup* group : groups) {
    const uint32_t ranks = group->configuration.world_size;
    if (ranks < 2) continue;
    uint64_t seed = 1000 * static_cast<uint64_t>(group->number);
    for (const auto& [bytes, by_run] : samples_of(*group)) {
      const Estimate seconds = MedianOf(by_run, ++seed);
      if (!IsModelled(bytes, seconds)) continue;
      source.points.push_back({ranks, bytes, seconds});
      numbers.insert(absl::StrCat("#", group->number));
    }
  }
  source.name = absl::StrCat(kind, " of ", absl::StrJoin(numbers, ", "));
  return source;
}

size_t SizesIn(const Source& source) {
  std::set<double> sizes;
  for (const SizePoint& point : source.points) sizes.insert(point.bytes);
  return sizes.size();
}

// The times as measured (-1), or as one resampling has them.
std::vector<AllReduceTime> TimesIn(const Source& source, int replicate) {
  std::vector<AllReduceTime> times;
  for (const SizePoint& point : source.points)
    times.push_back({point.world_size, point.bytes,
                     replicate < 0 ? point.seconds.value
                                   : point.seconds.replicates[replicate]});
  return times;
}

struct AlphaBeta {
  double alpha_s = 0;
  double seconds_per_byte = 0;
};

// All time is the bytes': the mean, as every relative error counts alike.
AlphaBeta BytesOnly(const std::vector<AllReduceTime>& times) {
  Eigen::MatrixXd design(times.size(), 1);
  Eigen::VectorXd seconds(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    design(i, 0) = AllReduceSeconds(times[i].world_size, times[i].bytes, 0, 1);
    seconds[i] = times[i].seconds;
  }
  return {0, FitRelative(design, seconds).value().parameters[0]};
}

// Without alpha where the fit has it below 0.
AlphaBeta FitOf(const std::vector<AllReduceTime>& times, bool with_alpha) {
  if (!with_alpha) return BytesOnly(times);
  const auto fit = FitAlphaBeta(times);
  if (!fit.ok() || fit->linear.parameters[0] < 0) return BytesOnly(times);
  return {fit->linear.parameters[0], fit->linear.parameters[1]};
}

bool HasReplicates(const Source& source) {
  return std::all_of(
      source.points.begin(), source.points.end(),
      [](const SizePoint& point) { return !point.seconds.replicates.empty(); });
}

CommModel ModelOf(const Source& source) {
  const bool with_alpha = SizesIn(source) > 1;
  const AlphaBeta value = FitOf(TimesIn(source, -1), with_alpha);
  CommModel model{
      {value.alpha_s, {}}, {value.seconds_per_byte, {}}, source.name, ""};
  if (!with_alpha)
    model.without_alpha = "there is one size only";
  else if (value.alpha_s == 0)
    model.without_alpha = "the fit has it below 0";
  if (!HasReplicates(source)) return model;
  for (int i = 0; i < kReplicates; ++i) {
    const AlphaBeta replicate = FitOf(TimesIn(source, i), with_alpha);
    model.alpha_s.replicates.push_back(replicate.alpha_s);
    model.seconds_per_byte.replicates.push_back(replicate.seconds_per_byte);
  }
  return model;
}

}  // namespace

absl::StatusOr<CommModel> CommModelOf(
    const std::vector<const RunGroup*>& groups) {
  const Source training = SourceOf(groups, "training buckets", TrainingSamples);
  const Source alone = SourceOf(groups, "--comm_baseline", BaselineSamples);
  if (SizesIn(training) > 1) return ModelOf(training);
  if (SizesIn(alone) > 1) return ModelOf(alone);
  const Source& one = training.points.empty() ? alone : training;
  if (one.points.empty())
    return absl::InvalidArgumentError(
        "no all-reduce was recorded; run P = 2 (with --comm_baseline)");
  return ModelOf(one);
}

}  // namespace lockstep::analysis
