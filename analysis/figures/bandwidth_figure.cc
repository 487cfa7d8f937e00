#include "analysis/figures/bandwidth_figure.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.h"
#include "analysis/metrics.h"
#include "report/line_plot.h"

namespace lockstep::analysis {
namespace {

constexpr int kCurvePoints = 60;
constexpr char kBatchTrait[] = "global batch";

using Samples = std::vector<double>;  // seconds
// By bytes, then by repeat.
using SamplesBySize = std::map<uint64_t, std::vector<Samples>>;

bool IsTime(double seconds) { return std::isfinite(seconds) && seconds > 0; }

// Runs that are alike but for their batch.
struct Pool {
  int number = 0;  // of the first group
  SamplesBySize by_size;
};
// By workload, setup, P, and where the times are from.
using PoolKey = std::tuple<Traits, Traits, uint32_t, std::string>;
using Pools = std::map<PoolKey, Pool>;

void AddBuckets(const Run& run, SamplesBySize& by_size) {
  for (const BucketTimes& bucket : run.buckets)
    by_size[bucket.bytes].push_back(bucket.transfer_s);
}

void AddBaseline(const Run& run, SamplesBySize& by_size) {
  for (const CommBaseline::Row& row : run.baseline.rows()) {
    Samples times;
    for (const double us : row.time_us()) times.push_back(us * 1e-6);
    if (times.empty()) times.push_back(row.time_median_us() * 1e-6);
    by_size[row.bytes()].push_back(std::move(times));
  }
}

void AddGroup(const RunGroup& group, const char* from,
              void (*add)(const Run&, SamplesBySize&), Pools& pools) {
  const Configuration& c = group.configuration;
  Pool& pool =
      pools[{c.workload, With(c.setup, kBatchTrait, ""), c.world_size, from}];
  if (pool.number == 0) pool.number = group.number;
  for (const Run& run : group.runs) add(run, pool.by_size);
}

MessageSeries SeriesOf(const PoolKey& key, const Pool& pool) {
  MessageSeries series;
  series.world_size = std::get<2>(key);
  series.from = std::get<3>(key);
  series.title = absl::StrCat("P = ", series.world_size, ", ", series.from);
  for (const auto& [bytes, samples] : pool.by_size)
    if (bytes > 0)
      series.times.push_back({1.0 * bytes, MedianOf(samples, pool.number)});
  return series;
}

// Titles that occur twice get the number of their first group.
void TellApart(const std::vector<int>& numbers,
               std::vector<MessageSeries>& all) {
  std::map<std::string, int> uses;
  for (const MessageSeries& series : all) ++uses[series.title];
  for (size_t i = 0; i < all.size(); ++i)
    if (uses[all[i].title] > 1)
      all[i].title = absl::StrCat("#", numbers[i], ", ", all[i].title);
}

Estimate Busbw(const MessageTime& time, uint32_t world_size) {
  return Apply(
      [&](double s) {
        return BusBandwidth(AlgorithmBandwidth(time.bytes, s), world_size);
      },
      time.seconds);
}

PlotSeries Points(const MessageSeries& messages) {
  PlotSeries series;
  series.title = messages.title;
  series.style = PlotStyle::kPoints;
  for (const MessageTime& time : messages.times)
    if (time.bytes > 0 && IsTime(time.seconds.value))
      series.points.push_back({time.bytes, Busbw(time, messages.world_size)});
  std::sort(series.points.begin(), series.points.end(),
            [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  return series;
}

double SecondsOf(const LinkLaw& law, double bytes, double world_size) {
  const double hops = 2 * (world_size - 1);
  return hops * law.alpha_s + hops / world_size * bytes / law.beta_bytes_per_s;
}

// From the smallest to the largest size, which `points` has.
PlotSeries Curve(const MessageSeries& messages, const PlotSeries& points) {
  PlotSeries curve;
  curve.title = absl::StrCat("fit of ", messages.title);
  curve.style = PlotStyle::kLine;
  const double first = points.points.front().x, last = points.points.back().x;
  for (int i = 0; i < kCurvePoints; ++i) {
    const double bytes =
        first * std::pow(last / first, 1.0 * i / (kCurvePoints - 1));
    const double seconds = SecondsOf(*messages.law, bytes, messages.world_size);
    if (IsTime(seconds))
      curve.points.push_back(
          {bytes, Busbw({bytes, {seconds, {}}}, messages.world_size)});
  }
  return curve;
}

PlotSeries Peak(double gb_per_s, const std::vector<PlotSeries>& all) {
  double first = all[0].points[0].x, last = first;
  for (const PlotSeries& series : all) {
    first = std::min(first, series.points.front().x);
    last = std::max(last, series.points.back().x);
  }
  return {"declared peak",
          {{first, {gb_per_s, {}}}, {last, {gb_per_s, {}}}},
          PlotStyle::kLine};
}

std::vector<PlotSeries> AllSeries(const std::vector<MessageSeries>& messages) {
  std::vector<PlotSeries> all;
  for (const MessageSeries& one : messages) {
    PlotSeries points = Points(one);
    if (one.world_size < 2 || points.points.empty()) continue;
    if (one.law && one.law->beta_bytes_per_s > 0)
      all.push_back(Curve(one, points));
    if (!all.empty() && all.back().points.empty()) all.pop_back();
    all.push_back(std::move(points));
  }
  return all;
}

// Sizes that are few and far enough apart for a tick each.
bool AreTicks(const std::vector<PlotSeries>& all) {
  std::set<double> sizes;
  for (const PlotSeries& series : all)
    if (series.style != PlotStyle::kLine)
      for (const PlotPoint& point : series.points) sizes.insert(point.x);
  double last = 0;
  for (const double size : sizes) {
    if (size < 1.25 * last) return false;
    last = size;
  }
  return sizes.size() <= 6;
}

}  // namespace

std::vector<MessageSeries> MessagesOf(const std::vector<RunGroup>& groups) {
  Pools pools;
  for (const RunGroup& group : groups) {
    const Configuration& c = group.configuration;
    if (c.mechanism != DDP || c.world_size < 2 || IsTwin(c)) continue;
    AddGroup(group, kInTraining, AddBuckets, pools);
    AddGroup(group, kAlone, AddBaseline, pools);
  }
  std::vector<MessageSeries> all;
  std::vector<int> numbers;
  for (const auto& [key, pool] : pools) {
    MessageSeries series = SeriesOf(key, pool);
    if (series.times.empty()) continue;
    numbers.push_back(pool.number);
    all.push_back(std::move(series));
  }
  TellApart(numbers, all);
  return all;
}

std::vector<FigureScript> BandwidthFigures(
    const std::vector<MessageSeries>& messages, double peak_gb_per_s) {
  LinePlot plot;
  plot.series = AllSeries(messages);
  if (plot.series.empty()) return {};
  if (peak_gb_per_s > 0)
    plot.series.push_back(Peak(peak_gb_per_s, plot.series));
  plot.log_x = plot.log_y = true;
  plot.log_base = 10;
  plot.x_ticks_at_points = AreTicks(plot.series);
  plot.x_format = "%.0s %cB";
  plot.x_label = "bytes that each rank hands over";
  plot.y_label = "busbw (GB/s)";
  return {{"messages",
           "Bandwidth of the all-reduce against its size, with 95 % intervals: "
           "busbw = 2(P-1)/P x bytes / time; fit: time = 2(P-1) alpha + "
           "2(P-1)/P x bytes / beta.",
           LinePlotScript(plot), kFigureWidth, kFigureHeight, "bandwidth"}};
}

}  // namespace lockstep::analysis
