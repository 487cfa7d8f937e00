#include "analysis/laws_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/comm_points.h"
#include "analysis/laws/alpha_beta.h"
#include "analysis/laws/amdahl.h"
#include "analysis/laws/gustafson.h"
#include "analysis/laws/karp_flatt.h"
#include "analysis/laws/usl.h"
#include "analysis/scaling_runs.h"

namespace lockstep::analysis {
namespace {

constexpr double kMilliseconds = 1e3;

// A line only once, however many series it is true of.
void AddNote(const std::string& note, Table& table) {
  if (!note.empty() &&
      std::count(table.notes.begin(), table.notes.end(), note) == 0)
    table.notes.push_back(note);
}

// No digits for what is unbounded.
Cell ParameterCell(const Parameter& parameter, double scale = 1) {
  const auto scaled = [=](double x) { return x * scale; };
  if (!std::isfinite(parameter.value)) return Text("none");
  Cell cell = Number(scaled(parameter.value));
  if (!parameter.interval) return cell;
  const Interval& interval = *parameter.interval;
  if (parameter.value == 0) {  // as many decimals as its interval needs
    cell = Number(scaled(interval.high));
    cell.number = 0;
  }
  if (std::isfinite(interval.low) && std::isfinite(interval.high)) {
    // With its value, though the interval may reach 0: it is cut there.
    cell.is_difference = interval.low <= 0;
    cell.interval = {scaled(interval.low), scaled(interval.high)};
    return cell;
  }
  return Text(
      absl::StrFormat("%.4g, not bounded above", scaled(parameter.value)));
}

// An exact fit has none.
Cell ResidualCell(const FitQuality& quality) {
  return quality.degrees_of_freedom == 0
             ? Missing()
             : Decimal(quality.largest_residual_percent, 1);
}

Cell WorstCell(const FitQuality& quality, const std::string& where) {
  return quality.degrees_of_freedom == 0 ? Missing() : Text(where);
}

std::string RanksOf(const std::vector<ScalingTime>& times) {
  std::set<uint32_t> ranks;
  for (const ScalingTime& time : times) ranks.insert(time.world_size);
  return absl::StrJoin(ranks, ", ");
}

// The rows of one law and one series.
struct LawRows {
  std::string law;
  const ScalingRuns& runs;
  std::vector<ScalingTime> times;
  FitQuality quality;
  Table& table;

  void Add(const std::string& parameter, Cell value) const {
    table.rows.push_back(
        {Text(law), Text(NameOf(runs)), Text(RanksOf(times)),
         Count(quality.points), Text(parameter), std::move(value),
         ResidualCell(quality),
         WorstCell(
             quality,
             absl::StrCat("P = ", times[quality.worst_point].world_size))});
    if (quality.degrees_of_freedom == 0)
      AddNote(
          "As many points as parameters: an exact fit, which says nothing of "
          "its error; repeats give intervals.",
          table);
  }
};

// Why a law was not fitted -> to which series.
using Refusals = std::map<std::string, std::vector<std::string>>;

void AddRefusal(const ScalingRuns& runs, const absl::Status& status,
                Refusals& refusals) {
  refusals[std::string(status.message())].push_back(NameOf(runs));
}

void AddNotes(const Refusals& refusals, Table& table) {
  for (const auto& [why, series] : refusals)
    AddNote(absl::StrCat(why, ": ", absl::StrJoin(series, "; ")), table);
}

void AddAmdahl(const ScalingRuns& runs, Table& table, Refusals& refusals) {
  const std::vector<ScalingTime> times = TimesOf(runs);
  const auto fit = FitAmdahl(runs.scaling, times);
  if (!fit.ok()) return AddRefusal(runs, fit.status(), refusals);
  const LawRows rows{"Amdahl", runs, times, fit->quality, table};
  rows.Add("T(1) (ms)", ParameterCell(fit->one_rank_s, kMilliseconds));
  rows.Add("serial fraction", ParameterCell(fit->serial_fraction));
}

void AddGustafson(const ScalingRuns& runs, Table& table, Refusals& refusals) {
  const std::vector<ScalingTime> times = TimesOf(runs);
  const auto fit = FitGustafson(runs.scaling, times);
  if (!fit.ok()) return AddRefusal(runs, fit.status(), refusals);
  const LawRows rows{"Gustafson", runs, times, fit->quality, table};
  rows.Add("t(1) (ms)", ParameterCell(fit->one_rank_s, kMilliseconds));
  rows.Add("serial fraction", ParameterCell(fit->serial_fraction));
}

void AddUsl(const ScalingRuns& runs, Table& table, Refusals& refusals) {
  const std::vector<ScalingTime> times = TimesOf(runs);
  const auto fit = FitUsl(runs.scaling, times);
  if (!fit.ok()) return AddRefusal(runs, fit.status(), refusals);
  const LawRows rows{"USL", runs, times, fit->quality, table};
  rows.Add("T(1) (ms)", ParameterCell(fit->one_rank_s, kMilliseconds));
  rows.Add("contention sigma", ParameterCell(fit->contention));
  rows.Add("coherence kappa", ParameterCell(fit->coherence));
  rows.Add("P of most throughput", ParameterCell(fit->peak_world_size));
}

std::string SizesOf(const std::vector<AllReduceTime>& points) {
  std::set<double> sizes;
  for (const AllReduceTime& point : points) sizes.insert(point.bytes);
  return absl::StrFormat("%d, %.4g to %.4g MB", sizes.size(),
                         *sizes.begin() / 1e6, *sizes.rbegin() / 1e6);
}

void AddAlphaBeta(const std::string& who, const std::string& ranks,
                  const std::string& from,
                  const std::vector<AllReduceTime>& points, Table& table) {
  if (points.empty()) return;
  const auto fit = FitAlphaBeta(points);
  if (!fit.ok())
    return AddNote(absl::StrCat(who, ", ", from, ": ", fit.status().message()),
                   table);
  const AllReduceTime& worst = points[fit->quality.worst_point];
  table.rows.push_back(
      {Text(who), Text(ranks), Text(from), Text(SizesOf(points)),
       Count(points.size()), ParameterCell(fit->alpha_s, 1e6),
       ParameterCell(fit->beta_bytes_per_s, 1e-9), ResidualCell(fit->quality),
       WorstCell(fit->quality,
                 absl::StrFormat("P = %d, %.4g MB", worst.world_size,
                                 worst.bytes / 1e6))});
}

using Points = std::vector<AllReduceTime>;

void Append(const Points& from, Points& to) {
  to.insert(to.end(), from.begin(), from.end());
}

// All P of one way to exchange gradients, where there are several.
void AddPooled(const std::vector<const RunGroup*>& alike, Table& table) {
  std::set<uint32_t> ranks;
  std::vector<std::string> numbers;
  Points training, baseline;
  for (const RunGroup* group : alike) {
    ranks.insert(group->configuration.world_size);
    numbers.push_back(absl::StrCat("#", group->number));
    Append(TrainingPoints(*group), training);
    Append(BaselinePoints(*group), baseline);
  }
  if (ranks.size() < 2) return;
  const std::string who = absl::StrJoin(numbers, ", ");
  AddAlphaBeta(who, absl::StrJoin(ranks, ", "), "training", training, table);
  AddAlphaBeta(who, absl::StrJoin(ranks, ", "), "alone", baseline, table);
}

bool AllReduces(const RunGroup& group) {
  return group.configuration.mechanism == DDP &&
         Communicates(group.configuration);
}

Cell FractionCell(const Estimate& fraction) {
  const auto interval = Interval95(fraction);
  return interval ? Difference(fraction.value, *interval, 4)
                  : Decimal(fraction.value, 4);
}

}  // namespace

Table KarpFlattTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "karp_flatt";
  table.title = "Karp-Flatt";
  table.caption =
      "e = (1/S - 1/P) / (1 - 1/P): the serial fraction that one speedup S "
      "implies. The same for every P: serial work; rising: a cost that grows "
      "with the ranks. Of throughput it holds what whole steps cost, too.";
  table.columns = {{"#", ""},          {"scaling", ""},       {"P", ""},
                   {"batch/rank", ""}, {"speedup", "", true}, {"e", "", true}};
  for (const Scaling scaling : {Scaling::kStrong, Scaling::kThroughput}) {
    for (const ScalingRuns& runs : ScalingRunsOf(groups, scaling)) {
      std::vector<KarpFlattPoint> points;
      for (const ScalingPoint& point : runs.points) {
        const Configuration& c = point.group->configuration;
        if (!(point.ratio.value > 0)) continue;
        points.push_back({c.world_size, KarpFlatt(point.ratio, c.world_size)});
        table.rows.push_back({Count(point.group->number), Text(NameOf(runs)),
                              Count(c.world_size), Count(c.batch_size_per_rank),
                              Figure(point.ratio),
                              FractionCell(points.back().fraction)});
      }
      const std::string trend = KarpFlattTrend(points);
      if (!trend.empty())
        AddNote(absl::StrCat(NameOf(runs), ": ", trend), table);
    }
  }
  return table;
}

Table ScalingLawsTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "scaling_laws";
  table.title = "Scaling laws";
  table.caption =
      "Least squares on relative errors, a point a run. Amdahl T(1) (s + (1-s) "
      "/ P) on strong, Gustafson P - s (P-1) on weak, USL T(1) (1 + sigma "
      "(P-1) "
      "+ kappa P (P-1)) / P on strong and throughput points. Intervals hold "
      "for "
      "all parameters of a fit at once (95 %).";
  table.columns = {{"law", ""},
                   {"runs", ""},
                   {"P", ""},
                   {"points", ""},
                   {"parameter", ""},
                   {"value", "", true},
                   {"largest residual", "%"},
                   {"at", ""}};
  Refusals refusals;
  for (const ScalingRuns& runs : ScalingRunsOf(groups, Scaling::kStrong)) {
    AddAmdahl(runs, table, refusals);
    AddUsl(runs, table, refusals);
  }
  for (const ScalingRuns& runs : ScalingRunsOf(groups, Scaling::kWeak))
    AddGustafson(runs, table, refusals);
  for (const ScalingRuns& runs : ScalingRunsOf(groups, Scaling::kThroughput)) {
    AddAmdahl(runs, table, refusals);  // which says that it is not about them
    AddUsl(runs, table, refusals);
  }
  AddNotes(refusals, table);
  return table;
}

Table AlphaBetaTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "alpha_beta";
  table.title = "Cost of a message and of a byte";
  table.caption =
      "t = 2(P-1) alpha + 2(P-1)/P bytes/beta, fitted to buckets in training "
      "(a point a run and bucket) and to the all-reduce alone "
      "(--comm_baseline, "
      "a point a repeat), sizes from 1,024 B; GB = 1e9 bytes. Intervals hold "
      "for alpha and beta at once (95 %).";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"from", ""},
                   {"sizes", ""},
                   {"points", ""},
                   {"alpha", "us", true},
                   {"beta", "GB/s", true},
                   {"largest residual", "%"},
                   {"at", ""}};
  std::vector<std::vector<const RunGroup*>> alike;
  for (const RunGroup& group : groups) {
    if (!AllReduces(group)) continue;
    const std::string who = absl::StrCat("#", group.number);
    const std::string ranks = absl::StrCat(group.configuration.world_size);
    AddAlphaBeta(who, ranks, "training", TrainingPoints(group), table);
    AddAlphaBeta(who, ranks, "alone", BaselinePoints(group), table);
    const std::string exchange = ExchangeOf(group.configuration);
    const auto same =
        std::find_if(alike.begin(), alike.end(), [&](const auto& others) {
          return ExchangeOf(others[0]->configuration) == exchange;
        });
    if (same == alike.end())
      alike.push_back({&group});
    else
      same->push_back(&group);
  }
  for (const auto& together : alike) AddPooled(together, table);
  return table;
}

std::vector<Table> LawsTables(const std::vector<RunGroup>& groups) {
  return {KarpFlattTable(groups), ScalingLawsTable(groups),
          AlphaBetaTable(groups)};
}

}  // namespace lockstep::analysis
