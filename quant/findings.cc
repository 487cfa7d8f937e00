#include "quant/findings.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::quant {
namespace {

constexpr double kSignificant =
    0.05;  // the level that goes with 95 % intervals

std::string OfAccuracy(const PairedAccuracy& a) {
  if (a.lost + a.gained == 0)
    return absl::StrFormat(
        "int8 gets the same %d images right as fp32: no difference was seen.",
        a.before_correct);
  const double p = a.McNemarP();
  const std::string counts = absl::StrFormat(
      "%d images lost, %d gained (p = %.2g)", a.lost, a.gained, p);
  if (p >= kSignificant)
    return absl::StrCat(counts, ": consistent with no difference.");
  return absl::StrFormat("%s: int8 is %s by %.2f points.", counts,
                         a.gained > a.lost ? "better" : "worse",
                         std::abs(a.DifferencePoints()));
}

// Of the logits' error: its energy over fp32's.
double ErrorShare(double db) { return std::pow(10, -db / 10); }

std::string DecibelText(double db) {
  return std::isinf(db) ? "exact" : absl::StrFormat("%.1f dB", db);
}

// The step after which the error has grown most.
std::string OfStages(const std::vector<StageRow>& stages) {
  size_t worst = 1;
  const auto growth = [&](size_t i) {
    return ErrorShare(stages[i].logit_error_db) -
           ErrorShare(stages[i - 1].logit_error_db);
  };
  for (size_t i = 2; i < stages.size(); ++i)
    if (growth(i) > growth(worst)) worst = i;
  const StageRow &before = stages[worst - 1], &after = stages[worst];
  return absl::StrFormat(
      "Of the stages '%s' adds most error: logits go from %s to %s, agreement "
      "from %.2f %% to %.2f %%.",
      after.name, DecibelText(before.logit_error_db),
      DecibelText(after.logit_error_db), before.accuracy.AgreementPercent(),
      after.accuracy.AgreementPercent());
}

std::string OfSensitivity(const std::vector<SensitivityRow>& rows) {
  const auto worst = std::min_element(
      rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.logit_error_db < b.logit_error_db;
      });
  double all = 0;
  for (const SensitivityRow& row : rows) all += ErrorShare(row.logit_error_db);
  if (all == 0) return "No layer alone changes a logit.";
  return absl::StrFormat(
      "The most sensitive layer is %s: alone in integers it puts the logits at "
      "%s, %.0f %% of the error that all layers make one at a time.",
      worst->layer, DecibelText(worst->logit_error_db),
      100 * ErrorShare(worst->logit_error_db) / all);
}

std::string OfLayers(const std::vector<LayerMeasurement>& layers) {
  const auto by_sqnr = [](const auto& a, const auto& b) {
    return a.errors.SqnrDb() < b.errors.SqnrDb();
  };
  const auto by_clipped = [](const auto& a, const auto& b) {
    return a.errors.ClippedPercent() < b.errors.ClippedPercent();
  };
  const auto worst = std::min_element(layers.begin(), layers.end(), by_sqnr);
  const LayerMeasurement& clipped =
      *std::max_element(layers.begin(), layers.end(), by_clipped);
  return absl::StrCat(
      absl::StrFormat("Activations are %s from fp32 after the first layer, %s "
                      "after the last, and furthest after %s (%s). ",
                      DecibelText(layers.front().errors.SqnrDb()),
                      DecibelText(layers.back().errors.SqnrDb()), worst->layer,
                      DecibelText(worst->errors.SqnrDb())),
      clipped.errors.clipped() == 0
          ? "No value is clipped."
          : absl::StrFormat("Most clipped is %s: %d of %d values.",
                            clipped.layer, clipped.errors.clipped(),
                            clipped.errors.count()));
}

std::string OfDraws(const std::vector<DrawRow>& draws) {
  const auto [low, high] = std::minmax_element(
      draws.begin(), draws.end(), [](const DrawRow& a, const DrawRow& b) {
        return a.accuracy.DifferencePoints() < b.accuracy.DifferencePoints();
      });
  return absl::StrFormat(
      "%d draws of calibration images put the difference between %+.2f and "
      "%+.2f points.",
      draws.size(), low->accuracy.DifferencePoints(),
      high->accuracy.DifferencePoints());
}

}  // namespace

std::vector<std::string> Findings(const ReportData& data) {
  std::vector<std::string> findings = {OfAccuracy(data.evaluation.accuracy)};
  if (data.stages.size() > 1) findings.push_back(OfStages(data.stages));
  if (!data.sensitivity.empty())
    findings.push_back(OfSensitivity(data.sensitivity));
  if (!data.layers.empty()) findings.push_back(OfLayers(data.layers));
  if (data.draws.size() > 1) findings.push_back(OfDraws(data.draws));
  return findings;
}

}  // namespace lockstep::quant
