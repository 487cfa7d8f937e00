// What rules ask of reported rows: which row is another's baseline, and what a
// row's own numbers give.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_CLAIMS_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_CLAIMS_H_

#include <optional>
#include <string>
#include <vector>

#include "analysis/findings/finding.h"
#include "analysis/reported/quantity.h"
#include "analysis/reported/reported_table.h"

namespace lockstep::analysis {

// People compute with numbers that they printed with fewer digits: 1 %.
inline constexpr double kSlack = 0.01;

// Calls f(table, row) for every reported row.
template <typename F>
void ForEachRow(const Evidence& evidence, F f) {
  for (const ReportedTable& table : evidence.reported)
    for (const ReportedRow& row : table.rows) f(table, row);
}

// The timed row of the same label and model with these ranks and this batch per
// rank, and if there are several of like's mechanism; null without one.
const ReportedRow* FindTimed(const ReportedTable& table,
                             const ReportedRow& like, uint64_t world_size,
                             uint64_t batch_size_per_rank);

// The row's epoch_time_s; a row that only makes a claim has that of the timed
// row with its ranks and batch. Its bounds hold all repeats.
std::optional<Quantity> EpochTimeOf(const ReportedTable& table,
                                    const ReportedRow& row);

// The row of one rank with the same batch per rank.
const ReportedRow* OneRank(const ReportedTable& table, const ReportedRow& row);

// T_P - T_1 / P: what the row loses against perfect scaling of the epoch. With
// other images than one rank had, T_1 / P is scaled by them; nothing if they
// are not known.
std::optional<Quantity> ApparentOverhead(const ReportedTable& table,
                                         const ReportedRow& row);

// comm_time_s, or else the apparent overhead.
std::optional<Quantity> CommunicationTime(const ReportedTable& table,
                                          const ReportedRow& row);

// 2 (P - 1) / P.
double RingFactor(uint64_t world_size);

// I x 2 (P - 1) / P x N / T in GB/s: the epoch's bytes over the epoch's
// communication. Nothing without all of them, for one rank and for T = 0.
std::optional<Quantity> CorrectedBandwidth(const ReportedTable& table,
                                           const ReportedRow& row);

// link_peak_gb_per_s, what the user declared, or what the row's own bandwidth
// and utilisation say.
std::optional<Quantity> LinkPeak(const Evidence& evidence,
                                 const ReportedRow& row);

// A way to make a speedup of a row's time.
struct SpeedupForm {
  const ReportedRow* baseline;
  Quantity value;            // T(baseline) / T(row)
  Quantity throughput;       // the ratio of images/s; as value for equal images
  bool same_global_batch;    // strong; to whole images of a rank
  bool same_batch_per_rank;  // throughput of a fixed data set
  bool same_images;
};

// One for each timed configuration of the same label with fewer ranks; bounds
// hold its repeats. A table that names no batch has the same one in all rows.
std::vector<SpeedupForm> SpeedupForms(const ReportedTable& table,
                                      const ReportedRow& row);

// t_step(baseline) / t_step(row), from epochs and their steps.
std::optional<Quantity> WeakEfficiency(const ReportedRow& row,
                                       const SpeedupForm& form);

// Whether the report calls it weak scaling: its data set may grow with P.
bool IsWeak(const ReportedRow& row);

// Whether it is called weak, nobody says how many images it had, and it takes
// as long as with fewer ranks: then the images grew, and steps are unknown.
bool HasUnknownSteps(const ReportedTable& table, const ReportedRow& row);

// "P = 4, batch 512".
std::string RanksAndBatch(const ReportedRow& row);

// With four significant digits: "7.964".
std::string Short(double value);
std::string Short(const Quantity& quantity);

// A cell of the row.
CellName CellOf(const ReportedRow& row, const std::string& column);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_CLAIMS_H_
