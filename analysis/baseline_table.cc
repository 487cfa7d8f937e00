#include "analysis/baseline_table.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

using Samples = std::vector<double>;

// One size over the repeats; seconds.
struct Size {
  std::vector<Samples> alone_s;     // by repeat
  std::vector<Samples> training_s;  // by repeat, of the buckets of this size
  uint64_t wrong = 0;
};

// (type, bytes) -> size.
using Sizes = std::map<std::pair<std::string, uint64_t>, Size>;

// Every repeat's time, or the median where only that was kept.
Samples TimesOf(const CommBaseline::Row& row) {
  Samples times;
  for (const double us : row.time_us()) times.push_back(us * 1e-6);
  if (times.empty()) times.push_back(row.time_median_us() * 1e-6);
  return times;
}

// A record may hold anything.
bool IsTime(const Samples& times) {
  for (const double time : times)
    if (!std::isfinite(time) || time <= 0) return false;
  return true;
}

Samples TrainingTimes(const Run& run, uint64_t bytes) {
  Samples times;
  for (const BucketTimes& bucket : run.buckets)
    if (bucket.bytes == bytes)
      times.insert(times.end(), bucket.transfer_s.begin(),
                   bucket.transfer_s.end());
  return times;
}

Sizes SizesOf(const RunGroup& group) {
  Sizes sizes;
  for (const Run& run : group.runs) {
    for (const CommBaseline::Row& row : run.baseline.rows()) {
      if (row.bytes() == 0 || !IsTime(TimesOf(row))) continue;
      Size& size = sizes[{row.type(), row.bytes()}];
      size.alone_s.push_back(TimesOf(row));
      size.training_s.push_back(TrainingTimes(run, row.bytes()));
      size.wrong += row.wrong();
    }
  }
  return sizes;
}

// Both figures of a row must be resampled independently: other seeds.
Estimate Alone(const RunGroup& group, const Size& size) {
  return MedianOf(size.alone_s, 2 * group.number);
}
Estimate InTraining(const RunGroup& group, const Size& size) {
  return MedianOf(size.training_s, 2 * group.number + 1);
}

std::vector<Cell> Bandwidths(const RunGroup& group, uint64_t bytes,
                             const Size& size, double peak) {
  const uint32_t ranks = group.configuration.world_size;
  if (ranks < 2) return std::vector<Cell>(6, Missing());
  const auto busbw_of = [=](double s) {
    return BusBandwidth(AlgorithmBandwidth(bytes, s), ranks);
  };
  const Estimate alone = Alone(group, size), training = InTraining(group, size);
  const Estimate busbw = Apply(busbw_of, alone);
  std::vector<Cell> cells = {
      Figure(
          Apply([=](double s) { return AlgorithmBandwidth(bytes, s); }, alone)),
      Figure(busbw),
      Missing(),
      Missing(),
      Missing(),
      Missing()};
  if (peak > 0) {
    cells[2] = Number(peak);
    cells[3] = Figure(
        Apply([=](double b) { return UtilisationPercent(b, peak); }, busbw));
  }
  if (training.value > 0) {
    const auto ratio = [](double a, double t) { return t > 0 ? a / t : 0; };
    cells[4] = Figure(Apply(busbw_of, training));
    cells[5] = Figure(Apply(ratio, alone, training), 1, 3);
  }
  return cells;
}

std::vector<Cell> BaselineRow(const RunGroup& group, const std::string& type,
                              uint64_t bytes, const Size& size, double peak) {
  std::vector<Cell> row = {Count(group.number),
                           Count(group.configuration.world_size), Text(type),
                           Count(bytes), Figure(Alone(group, size), 1e6)};
  for (Cell& cell : Bandwidths(group, bytes, size, peak))
    row.push_back(std::move(cell));
  row.push_back(Count(size.wrong));
  return row;
}

}  // namespace

Table BaselineTable(const std::vector<RunGroup>& groups,
                    double link_peak_gb_per_s) {
  Table table;
  table.name = "baseline";
  table.title = "All-reduce baseline";
  table.caption =
      "The all-reduce alone, before training, on the same ranks: time = median "
      "over repeats of the minimum over ranks; training = the recorded buckets "
      "of that size; training / baseline = busbw in training / busbw alone.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"type", ""},
                   {"size", "B"},
                   {"time", "us", true},
                   {"algbw", "GB/s", true},
                   {"busbw", "GB/s", true},
                   {"peak", "GB/s"},
                   {"utilisation", "%", true},
                   {"training busbw", "GB/s", true},
                   {"training / baseline", "", true},
                   {"wrong", ""}};
  for (const RunGroup& group : groups) {
    const double peak = link_peak_gb_per_s > 0
                            ? link_peak_gb_per_s
                            : group.configuration.link_peak_gb_per_s;
    for (const auto& [key, size] : SizesOf(group)) {
      table.rows.push_back(
          BaselineRow(group, key.first, key.second, size, peak));
      if (size.wrong > 0)
        table.notes.push_back(absl::StrCat(
            "#", group.number, ": the all-reduce of ", key.second, " B gave ",
            size.wrong, " wrong elements; nothing of this run can be trusted"));
    }
  }
  return table;
}

}  // namespace lockstep::analysis
