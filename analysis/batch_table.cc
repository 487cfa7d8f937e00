#include "analysis/batch_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::analysis {
namespace {

struct TimedGroup {
  const RunGroup* group;
  Estimate epoch;
};

// Runs among which a fastest batch makes sense.
using Family = std::pair<Traits, uint32_t>;

Family FamilyOf(const RunGroup& group) {
  return {group.configuration.workload, group.configuration.world_size};
}

std::map<Family, std::vector<TimedGroup>> Families(
    const std::vector<RunGroup>& groups) {
  std::map<Family, std::vector<TimedGroup>> families;
  for (const RunGroup& group : groups)
    if (!IsTwin(group.configuration))
      families[FamilyOf(group)].push_back(
          {&group, EpochTime(group, BestSpread(group))});
  return families;
}

const TimedGroup& Fastest(const std::vector<TimedGroup>& family) {
  const TimedGroup* fastest = &family[0];
  for (const TimedGroup& timed : family)
    if (timed.epoch.value < fastest->epoch.value) fastest = &timed;
  return *fastest;
}

bool Overlap(const Estimate& a, const Estimate& b) {
  const auto i = Interval95(a), j = Interval95(b);
  return i && j && i->low <= j->high && j->low <= i->high;
}

Cell Mark(const TimedGroup& timed, const std::vector<TimedGroup>& family) {
  if (family.size() < 2) return Missing();
  const TimedGroup& fastest = Fastest(family);
  if (timed.group == fastest.group) return Text("fastest");
  return Overlap(timed.epoch, fastest.epoch) ? Text("as fast") : Text("");
}

// Says so when the largest batch is not the fastest; "" otherwise.
std::string LargestIsSlower(const std::vector<TimedGroup>& family) {
  const TimedGroup& largest = family.back();  // groups are sorted by batch
  const TimedGroup& fastest = Fastest(family);
  if (largest.group->configuration.batch_size_per_rank ==
          fastest.group->configuration.batch_size_per_rank ||
      Overlap(largest.epoch, fastest.epoch))
    return "";
  return absl::StrFormat(
      "%s is fastest (#%d); the largest batch, %d (#%d), takes %.2f times as "
      "long",
      RanksAndBatch(fastest.group->configuration), fastest.group->number,
      largest.group->configuration.batch_size_per_rank, largest.group->number,
      largest.epoch.value / fastest.epoch.value);
}

std::vector<Cell> Row(const TimedGroup& timed,
                      const std::vector<TimedGroup>& family) {
  const Configuration& c = timed.group->configuration;
  const Measurement& m = timed.group->runs[0].measurement;
  const double images = static_cast<double>(m.images_per_epoch);
  const Estimate rate =
      Apply([=](double epoch_s) { return images / epoch_s; }, timed.epoch);
  return {Count(timed.group->number),
          Text(c.model),
          Count(c.world_size),
          Count(c.batch_size_per_rank),
          Figure(timed.epoch),
          Count(m.steps_per_epoch),
          Figure(StepTime(*timed.group, Spread::kSteps), 1e3),
          Figure(rate),
          Mark(timed, family)};
}

bool IsSame(const Configuration& a, const Configuration& b) {
  return !(a < b) && !(b < a);
}

// Configurations that no run completed because memory did not suffice.
std::set<Configuration> OutOfMemory(const std::vector<RunGroup>& groups,
                                    const std::vector<Run>& runs) {
  std::set<Configuration> configurations;
  for (const Run& run : runs) {
    if (!run.out_of_memory || IsTwin(run.configuration)) continue;
    const bool fits =
        std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
          return IsSame(group.configuration, run.configuration);
        });
    if (!fits) configurations.insert(run.configuration);
  }
  return configurations;
}

std::vector<Cell> OutOfMemoryRow(const Configuration& c) {
  return {Missing(),
          Text(c.model),
          Count(c.world_size),
          Count(c.batch_size_per_rank),
          Missing(),
          Missing(),
          Missing(),
          Missing(),
          Text("out of memory")};
}

}  // namespace

Table BatchTable(const std::vector<RunGroup>& groups,
                 const std::vector<Run>& runs) {
  Table table;
  table.name = "time_against_batch";
  table.title = "Time against batch";
  table.caption =
      "Epoch = longest rank, evaluation excluded; step = median over steps of "
      "the slowest rank; images/s = images of an epoch / its time; fastest "
      "epoch of each P marked ('as fast': intervals overlap); out of memory: a "
      "rank had not enough.";
  table.columns = {{"#", ""},
                   {"model", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"epoch", "s", true},
                   {"steps", ""},
                   {"step", "ms", true},
                   {"images/s", "", true},
                   {"mark", ""}};
  const auto families = Families(groups);
  for (const auto& [key, family] : families) {
    for (const TimedGroup& timed : family)
      table.rows.push_back(Row(timed, family));
    const std::string note = LargestIsSlower(family);
    if (!note.empty()) table.notes.push_back(note);
  }
  for (const Configuration& configuration : OutOfMemory(groups, runs))
    table.rows.push_back(OutOfMemoryRow(configuration));
  return table;
}

}  // namespace lockstep::analysis
