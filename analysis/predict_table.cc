#include "analysis/predict_table.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/metrics.h"
#include "analysis/predict.h"

namespace lockstep::analysis {
namespace {

constexpr double kMilliseconds = 1e3;

void AddNote(const std::string& note, Table& table) {
  if (std::count(table.notes.begin(), table.notes.end(), note) == 0)
    table.notes.push_back(note);
}

std::set<uint32_t> BatchesOf(const Cohort& cohort) {
  std::set<uint32_t> batches;
  for (const RunGroup* group : cohort)
    batches.insert(group->configuration.batch_size_per_rank);
  return batches;
}

std::string Numbered(const RunGroup& group) {
  return absl::StrCat("#", group.number, " (",
                      RanksAndBatch(group.configuration), ")");
}

// Only when cores were counted: most predictions have nothing to say.
void AddStretch(const Prediction& prediction, uint32_t ranks, Table& table) {
  if (prediction.stretch == 1) return;
  const Placement& placement = prediction.placement;
  const uint32_t source = prediction.source->configuration.world_size;
  AddNote(
      absl::StrFormat("P = %d from P = %d: threads / cores of a machine are "
                      "%s instead of %s: all but the exchange x %.4g",
                      ranks, source, PlacementText(placement, ranks),
                      PlacementText(placement, source), prediction.stretch),
      table);
}

// What one cohort is asked.
struct Question {
  const Cohort& cohort;
  std::optional<double> link;  // seconds a byte
  Table& table;
};

// `baseline` has the same batch (throughput of an epoch) or the same global one
// (strong); null: no speedup.
void AddRow(const Question& question, const std::string& kind, uint32_t ranks,
            uint32_t batch, const RunGroup* baseline) {
  const auto predicted = Predict(question.cohort, ranks, batch, question.link);
  if (!predicted.ok())
    return AddNote(absl::StrCat(kind, ", P = ", ranks, ", batch ", batch, ": ",
                                predicted.status().message()),
                   question.table);
  AddStretch(*predicted, ranks, question.table);
  std::vector<Cell> row = {Text(kind),
                           Count(ranks),
                           Count(batch),
                           Text(Numbered(*predicted->source)),
                           Figure(predicted->exposed_s, kMilliseconds),
                           Figure(predicted->step_s, kMilliseconds),
                           Figure(predicted->epoch_s),
                           Missing(),
                           Missing()};
  if (baseline != nullptr) {
    const Estimate speedup =
        PredictedSpeedup(*baseline, *predicted, kind == "strong");
    row[7] = Figure(speedup);
    row[8] = Figure(
        Apply([=](double s) { return EfficiencyPercent(s, ranks); }, speedup));
  }
  question.table.rows.push_back(std::move(row));
}

void AddSameBatch(const Question& question, uint32_t ranks) {
  for (const uint32_t batch : BatchesOf(question.cohort))
    AddRow(question, "same batch per rank", ranks, batch,
           FindGroup(question.cohort, 1, batch));
}

void AddStrong(const Question& question, uint32_t ranks) {
  for (const RunGroup* group : question.cohort) {
    const uint32_t batch = group->configuration.batch_size_per_rank;
    if (group->configuration.world_size == 1 && ranks > 1 && batch % ranks == 0)
      AddRow(question, "strong", ranks, batch / ranks, group);
  }
}

std::string ModelNote(const Cohort& cohort, const CommModel& model) {
  std::string note =
      absl::StrFormat("%s: alpha = %.4g us, beta = %.4g GB/s from %s",
                      Numbered(*cohort[0]), model.alpha_s.value * 1e6,
                      1e-9 / model.seconds_per_byte.value, model.source);
  if (!model.without_alpha.empty())
    absl::StrAppend(&note, "; alpha is taken as 0: ", model.without_alpha);
  return note;
}

std::optional<double> LinkOf(const Cohort& cohort, const CommModel& model,
                             double gb_per_s, Table& table) {
  if (!(gb_per_s > 0)) return std::nullopt;
  double reached = 1;
  const double seconds = OnLink(cohort, model, gb_per_s, reached);
  AddNote(absl::StrFormat("%s: another link, %.4g Gbit/s x %.1f %% of it "
                          "(%s), the same alpha",
                          Numbered(*cohort[0]), 8 * gb_per_s, 100 * reached,
                          reached < 1 ? "what the runs reached of theirs"
                                      : "no declared peak says what part of "
                                        "theirs the runs reached"),
          table);
  return seconds;
}

void AddCohort(const Cohort& cohort, const PredictOptions& options,
               Table& table) {
  const auto model = CommModelOf(cohort);
  if (!model.ok())
    return AddNote(
        absl::StrCat(Numbered(*cohort[0]), ": ", model.status().message()),
        table);
  AddNote(ModelNote(cohort, *model), table);
  const Question question{
      cohort, LinkOf(cohort, *model, options.link_gb_per_s, table), table};
  for (const uint32_t ranks : options.world_sizes) {
    if (ranks == 0) continue;
    AddSameBatch(question, ranks);
    AddStrong(question, ranks);
  }
}

double Transfer(const StepParts& parts) { return parts.transfer; }

void AddError(const Cohort& cohort, const RunGroup& group, Table& table) {
  const Configuration& c = group.configuration;
  const auto predicted =
      Predict(cohort, c.world_size, c.batch_size_per_rank, std::nullopt);
  if (!predicted.ok())
    return AddNote(absl::StrCat(Numbered(group),
                                " cannot be predicted from "
                                "the others: ",
                                predicted.status().message()),
                   table);
  AddStretch(*predicted, c.world_size, table);
  const Estimate measured = StepTime(group, BestSpread(group));
  const double error = 100 * (predicted->step_s.value / measured.value - 1);
  table.rows.push_back({Count(group.number), Count(c.world_size),
                        Count(c.batch_size_per_rank),
                        Text(Numbered(*predicted->source)),
                        Figure(predicted->transfer_s, kMilliseconds),
                        Figure(PartTime(group, Transfer), kMilliseconds),
                        Figure(predicted->step_s, kMilliseconds),
                        Figure(measured, kMilliseconds), Decimal(error, 1)});
}

}  // namespace

Table PredictionTable(const std::vector<RunGroup>& groups,
                      const PredictOptions& options) {
  Table table;
  table.name = "predictions";
  table.title = "Predictions";
  table.caption =
      "t(P) = s (t(P_r) - exposed(P_r)) + exposed(P), P_r = the run that it is "
      "from. exposed = the buckets simulated: ready as recorded (leads x s), "
      "one after the other, each 2(P-1) alpha + 2(P-1)/P bytes/beta. Compute, "
      "data, optimiser, other and waiting for peers stay as they were at P_r, "
      "but for s = threads a core at P / at P_r, each at least 1. "
      "Intervals: of the fit and of the step at P_r, not of the model.";
  table.columns = {{"kind", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"from", ""},
                   {"exposed", "ms", true},
                   {"step", "ms", true},
                   {"epoch", "s", true},
                   {"speedup", "", true},
                   {"efficiency", "%", true}};
  for (const Cohort& cohort : CohortsOf(groups))
    AddCohort(cohort, options, table);
  if (table.rows.empty() && table.notes.empty())
    AddNote("Nothing can be predicted from one rank: run P = 2.", table);
  if (!table.rows.empty())
    AddNote(
        "same batch per rank: speedup of an epoch (throughput); strong: of a "
        "step with the same global batch.",
        table);
  return table;
}

Table PredictionErrorTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "prediction_errors";
  table.title = "Error of the predictions";
  table.caption =
      "Leave-one-out: each number of ranks predicted from runs on the others "
      "only; error = predicted / measured step - 1; transfer = all buckets, "
      "hidden or not: where it is right and the step is not, compute or "
      "waiting "
      "changed with P.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"from", ""},
                   {"predicted transfer", "ms", true},
                   {"measured transfer", "ms", true},
                   {"predicted step", "ms", true},
                   {"measured step", "ms", true},
                   {"error", "%"}};
  for (const Cohort& cohort : CohortsOf(groups))
    for (const RunGroup* group : cohort)
      if (group->configuration.world_size > 1) AddError(cohort, *group, table);
  return table;
}

std::vector<Table> PredictTables(const std::vector<RunGroup>& groups,
                                 const PredictOptions& options) {
  if (options.world_sizes.empty()) return {};
  return {PredictionTable(groups, options), PredictionErrorTable(groups)};
}

}  // namespace lockstep::analysis
