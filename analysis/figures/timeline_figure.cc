#include "analysis/figures/timeline_figure.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure_style.h"
#include "analysis/figures/step_layers.h"

namespace lockstep::analysis {
namespace {

constexpr double kMilliseconds = 1e3;  // a second
constexpr double kNanosecond = 1e-6;   // in ms
constexpr int kRankHeight = 62;        // pixels
// A rank's lane is 1 high; from its top:
constexpr double kPhases[] = {0.08, 0.5}, kBuckets[] = {0.58, 0.9};

struct Bar {
  double begin = 0;  // ms
  double end = 0;
  double lane = 0;  // its top
  std::string label;
};

// What is drawn, and in which look.
struct Timeline {
  std::vector<std::vector<Bar>> phases;  // by layer
  std::vector<Bar> buckets;
  std::vector<Bar> ready;  // begin = end
  std::vector<uint32_t> ranks;
  double end = 0;  // ms
};

// With the step's most ranks; null without any.
const Run* RunWithMostRanks(const std::vector<RunGroup>& groups) {
  const Run* most = nullptr;
  for (const RunGroup& group : groups) {
    if (IsTwin(group.configuration)) continue;
    for (const Run& run : group.runs)
      if (run.typical_step &&
          (most == nullptr ||
           run.typical_step->ranks_size() > most->typical_step->ranks_size()))
        most = &run;
  }
  return most;
}

// The lengths of a rank's parts, as those of a median rank elsewhere.
StepParts PartsOf(const RankStep& rank) {
  StepParts parts;
  parts.total = rank.total_s();
  parts.data = rank.data_s();
  parts.host_to_device = rank.host_to_device_s();
  parts.forward = rank.forward_s();
  parts.backward = rank.backward_s();
  parts.exposed = rank.exposed_comm_s();
  parts.optimizer = rank.optimizer_s();
  return parts;
}

// When the rank's step began on rank 0's clock, or 0 if clocks cannot be
// compared.
int64_t BeginOf(const Run& run, const RankStep& rank) {
  if (!run.clocks.problem.empty() ||
      rank.rank() >= run.clocks.offsets_ns.size())
    return 0;
  return Aligned(run.clocks, rank.rank(), rank.begin_ns());
}

void AddPhases(const RankStep& rank, double begin, double lane,
               Timeline& timeline) {
  const StepParts parts = PartsOf(rank);
  double at = begin;
  for (size_t i = 0; i < std::size(kStepLayers); ++i) {
    const double length = kMilliseconds * kStepLayers[i].of(parts);
    if (!(length > 0) || !std::isfinite(length)) continue;
    timeline.phases[i].push_back({at, at + length, lane, ""});
    at += length;
  }
  timeline.end = std::max(timeline.end, at);
}

void AddBuckets(const RankStep& rank, double begin, double lane,
                Timeline& timeline) {
  for (const BucketTiming& bucket : rank.buckets()) {
    const double start = begin + kNanosecond * bucket.start_ns();
    const double end = begin + kNanosecond * bucket.end_ns();
    const double ready = begin + kNanosecond * bucket.ready_ns();
    timeline.buckets.push_back(
        {start, end, lane, absl::StrCat(bucket.bucket())});
    timeline.ready.push_back({ready, ready, lane, ""});
    timeline.end = std::max(timeline.end, end);
  }
}

Timeline TimelineOf(const Run& run) {
  Timeline timeline;
  timeline.phases.resize(std::size(kStepLayers));
  const Step& step = *run.typical_step;
  const int count = std::min(step.ranks_size(), kTimelineRanks);
  int64_t first = BeginOf(run, step.ranks(0));
  for (int i = 0; i < count; ++i)
    first = std::min(first, BeginOf(run, step.ranks(i)));
  for (int i = 0; i < count; ++i) {
    const RankStep& rank = step.ranks(i);
    const double begin = kNanosecond * (1.0 * BeginOf(run, rank) - 1.0 * first);
    timeline.ranks.push_back(rank.rank());
    AddPhases(rank, begin, i, timeline);
    AddBuckets(rank, begin, i, timeline);
  }
  return timeline;
}

// x y low high bottom top, for boxxyerror.
std::string Boxes(const std::string& name, const std::vector<Bar>& bars,
                  const double (&lane)[2]) {
  std::string block = absl::StrCat(name, " << EOD\n");
  for (const Bar& bar : bars)
    absl::StrAppendFormat(&block, "%.6g %.6g %.6g %.6g %.6g %.6g\n",
                          (bar.begin + bar.end) / 2,
                          bar.lane + (lane[0] + lane[1]) / 2, bar.begin,
                          bar.end, bar.lane + lane[0], bar.lane + lane[1]);
  return absl::StrCat(block, "EOD\n");
}

// Numbers of the bars that are wide enough for theirs.
std::string Numbers(const Timeline& timeline) {
  std::string block = "$N << EOD\n0 -1 \"\"\n";
  for (const Bar& bar : timeline.buckets)
    if (bar.end - bar.begin > 0.02 * timeline.end)
      absl::StrAppendFormat(
          &block, "%.6g %.6g \"%s\"\n", (bar.begin + bar.end) / 2,
          bar.lane + (kBuckets[0] + kBuckets[1]) / 2, bar.label);
  return absl::StrCat(block, "EOD\n");
}

std::string Frame(const Timeline& timeline) {
  std::vector<std::string> ticks;
  for (size_t i = 0; i < timeline.ranks.size(); ++i)
    ticks.push_back(absl::StrCat("'rank ", timeline.ranks[i], "' ", i + 0.5));
  return absl::StrCat(
      "set xlabel 'time since the first rank began its step (ms)'\nset xrange "
      "[0:",
      1.01 * timeline.end, "]\nset yrange [", timeline.ranks.size(),
      ":0]\nset ytics (", absl::StrJoin(ticks, ", "),
      ") nomirror scale 0\nset xtics nomirror\nset border 3\nset grid xtics "
      "linecolor '#cccccc'\nset key outside top center horizontal Left "
      "reverse\n");
}

std::string Script(const Timeline& timeline) {
  std::string data;
  std::vector<std::string> items;
  for (size_t i = 0; i < timeline.phases.size(); ++i) {
    if (timeline.phases[i].empty()) continue;
    const std::string block = absl::StrCat("$P", i);
    absl::StrAppend(&data, Boxes(block, timeline.phases[i], kPhases));
    items.push_back(absl::StrCat(block,
                                 " using 1:2:3:4:5:6 with boxxyerror "
                                 "fillstyle ",
                                 kStepLayers[i].fill, " title '",
                                 kStepLayers[i].title, "'"));
  }
  if (!timeline.buckets.empty()) {
    absl::StrAppend(&data, Boxes("$B", timeline.buckets, kBuckets),
                    Boxes("$R", timeline.ready, kBuckets), Numbers(timeline));
    items.push_back(
        "$B using 1:2:3:4:5:6 with boxxyerror fillstyle solid 1 border "
        "linecolor 'black' linecolor '#fdd0a2' title 'bucket, start to end'");
    items.push_back(
        "$R using 1:5:(0):($6-$5) with vectors nohead linewidth 3 linecolor "
        "'black' title 'bucket ready'");
    items.push_back("$N using 1:2:3 with labels font ',11' notitle");
  }
  return absl::StrCat(data, Frame(timeline), "plot ",
                      absl::StrJoin(items, ", "), "\n");
}

std::string Caption(const Run& run, size_t drawn) {
  const Step& step = *run.typical_step;
  return absl::StrCat(
      "One step, the median of the recorded ones: step ", step.step(),
      " of epoch ", step.epoch(), " of ", run.id, " (",
      RanksAndBatch(run.configuration), "), ",
      drawn < step.ranks_size() ? absl::StrCat("the first ", drawn, " of ",
                                               step.ranks_size(), " ranks")
                                : "all ranks",
      ". Phases are drawn end to end, other last; buckets where they were, "
      "with their numbers. ",
      run.clocks.problem.empty()
          ? absl::StrFormat("On rank 0's clock, within %.3g us.",
                            1e6 * run.clocks.pair_error_s)
          : absl::StrCat("Each rank begins at 0: ", run.clocks.problem, "."));
}

}  // namespace

std::vector<FigureScript> TimelineFigures(const std::vector<RunGroup>& groups) {
  const Run* const run = RunWithMostRanks(groups);
  if (run == nullptr) return {};
  const Timeline timeline = TimelineOf(*run);
  if (!(timeline.end > 0) || !std::isfinite(timeline.end)) return {};
  const int height =
      130 + kRankHeight * static_cast<int>(timeline.ranks.size());
  return {{"timeline", Caption(*run, timeline.ranks.size()), Script(timeline),
           kFigureWidth, height, "overlap"}};
}

}  // namespace lockstep::analysis
