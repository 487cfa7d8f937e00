#include "analysis/figures/predicted_series.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "analysis/predict.h"

namespace lockstep::analysis {
namespace {

std::optional<double> LinkOf(const Cohort& cohort, double gb_per_s) {
  const auto model = CommModelOf(cohort);
  if (!(gb_per_s > 0) || !model.ok()) return std::nullopt;
  double reached = 1;
  return OnLink(cohort, *model, gb_per_s, reached);
}

// The line of the run `one` of one rank; no points if nothing can be predicted.
PlotSeries SeriesOf(const Cohort& cohort, const RunGroup& one,
                    const PredictOptions& options, bool is_strong) {
  const uint32_t batch = one.configuration.batch_size_per_rank;
  PlotSeries series;
  series.title =
      absl::StrCat("predicted, batch ", batch, is_strong ? "" : " per rank");
  const auto link = LinkOf(cohort, options.link_gb_per_s);
  for (const uint32_t ranks : options.world_sizes) {
    if (ranks < 2 || (is_strong && batch % ranks != 0)) continue;
    const auto predicted =
        Predict(cohort, ranks, is_strong ? batch / ranks : batch, link);
    if (predicted.ok())
      series.points.push_back(
          {1.0 * ranks, PredictedSpeedup(one, *predicted, is_strong)});
  }
  return series;
}

}  // namespace

PredictedSpeedups PredictedSeries(const std::vector<RunGroup>& groups,
                                  const PredictOptions& options) {
  PredictedSpeedups predicted;
  for (const Cohort& cohort : CohortsOf(groups)) {
    for (const RunGroup* one : cohort) {
      if (one->configuration.world_size != 1) continue;
      for (const bool is_strong : {false, true}) {
        PlotSeries series = SeriesOf(cohort, *one, options, is_strong);
        if (series.points.empty()) continue;
        (is_strong ? predicted.strong : predicted.throughput)
            .push_back(std::move(series));
      }
    }
  }
  return predicted;
}

}  // namespace lockstep::analysis
