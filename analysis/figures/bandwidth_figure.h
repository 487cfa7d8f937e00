// busbw of an all-reduce against its size, with the law and the link's peak.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_BANDWIDTH_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_BANDWIDTH_FIGURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// The alpha-beta model (laws/alpha_beta.h).
struct LinkLaw {
  double alpha_s = 0;
  double beta_bytes_per_s = 0;
};

struct MessageTime {
  double bytes = 0;
  Estimate seconds;  // without waiting: minimum over ranks
};

inline constexpr char kInTraining[] = "in training";
inline constexpr char kAlone[] = "alone";  // --comm_baseline

// All-reduces of one kind: a run's buckets, its baseline, an nccl-tests table.
struct MessageSeries {
  std::string title;
  std::string from;                // kInTraining, kAlone, or others'
  uint32_t world_size = 0;         // at least 2
  std::vector<MessageTime> times;  // in any order
  std::optional<LinkLaw> law;      // a curve, if it was fitted
};

// Of the groups of two or more ranks whose collectives are all-reduces: their
// buckets, and their --comm_baseline. Groups that differ in their batch only
// are one series.
std::vector<MessageSeries> MessagesOf(const std::vector<RunGroup>& groups);

// On logarithmic axes; `peak_gb_per_s` (per direction and rank, 0: not
// declared) as a line. None without times above 0.
std::vector<FigureScript> BandwidthFigures(
    const std::vector<MessageSeries>& messages, double peak_gb_per_s);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_BANDWIDTH_FIGURE_H_
