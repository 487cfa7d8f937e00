// Reported rows as run records with provenance REPORTED, so that the same
// tables, speedups and laws apply to them as to measured runs.
//
// What a report leaves open is assumed, and every assumption is a note:
// CIFAR-10's 50,000 training and 10,000 test images, ResNet-18's gradients,
// steps = ceil(ceil(images / P) / b), mechanism ddp.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_REPORTED_RECORDS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_REPORTED_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/reported/reported_table.h"
#include "proto/run_record.pb.h"

namespace lockstep::analysis {

struct ReportedRun {
  std::string source;  // of its first row
  std::vector<Record> records;
};

// Of a known net for ten classes, in fp32; nothing for another name.
std::optional<uint64_t> GradientBytesOf(const std::string& model);

// Fills what the rows of `table` leave open, as said above, and says so.
std::vector<std::string> FillAssumptions(ReportedTable& table);

// The rows with a world size and a batch as runs. Rows of the same label,
// mechanism, P and b are epochs of one run if their epochs differ, otherwise
// repeats. With several timed epochs the first one is warm-up.
std::vector<ReportedRun> RunsOfReported(const ReportedTable& table);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_REPORTED_RECORDS_H_
