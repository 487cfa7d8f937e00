#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Batch norm under strong scaling. With the global batch kept, the batch of "
    "a rank shrinks with P, and batch norm normalises what a rank has: a "
    "difference of accuracy at the same global batch is an effect of this "
    "ghost "
    "batch (it can be a gain), not an error of data parallelism. Train with "
    "--batch_norm sync to separate the two. That local statistics do no harm "
    "with 512 images a rank says nothing about 32.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch,accuracy\n";

constexpr double kDifferent = 0.01;  // of accuracy

bool IsComparable(const ReportedRow& a, const ReportedRow& b) {
  return a.label == b.label && a.model == b.model && a.epoch == b.epoch &&
         a.batch_size_per_rank && b.batch_size_per_rank &&
         *a.world_size * *a.batch_size_per_rank ==
             *b.world_size * *b.batch_size_per_rank;
}

void Check(const ReportedRow& one, const ReportedRow& row,
           std::vector<Finding>& findings) {
  if (!IsComparable(one, row) ||
      std::abs(one.accuracy->value - row.accuracy->value) < kDifferent)
    return;
  Finding finding;
  finding.severity = Severity::kNote;
  finding.cells = {CellOf(row, "accuracy"), CellOf(one, "accuracy")};
  finding.what = absl::StrFormat(
      "%s: %.1f %% against %.1f %% on one rank with the same global batch: "
      "batch "
      "norm sees %d images instead of %d",
      RanksAndBatch(row), 100 * row.accuracy->value, 100 * one.accuracy->value,
      *row.batch_size_per_rank, *one.batch_size_per_rank);
  finding.corrected = "compare with --batch_norm sync";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (!row.accuracy || row.world_size.value_or(1) < 2) return;
    for (const ReportedRow& one : table.rows)
      if (one.accuracy && one.world_size == 1u) Check(one, row, findings);
  });
  return findings;
}

}  // namespace

Rule GhostBatchNorm() {
  return {
      "E12",
      "batch norm under strong scaling",
      kText,
      absl::StrCat(kHeader, "example,1,512,5,.800\n", "example,4,128,5,.825\n"),
      absl::StrCat(kHeader, "example,1,512,5,.800\n", "example,4,128,5,.802\n"),
      Find};
}

}  // namespace lockstep::analysis
