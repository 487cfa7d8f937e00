#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "A transfer faster than its link. 1 Gbit/s is 0.125 GB/s: an all-reduce of "
    "N "
    "bytes over P ranks takes at least 2 (P - 1) / P x N / link, and more with "
    "latency. '45 MB over 1 GbE take 90 ms' would need 4 Gbit/s.";

constexpr char kHeader[] =
    "label,world_size,transfer_bytes,transfer_link_gbps,transfer_time_s\n";

// N, where the text rounds it: 45 MB are the 44,695,848 bytes of a ResNet-18.
double BytesOf(const ReportedRow& row) {
  const Quantity& bytes = *row.transfer_bytes;
  const double known = row.gradient_bytes.value_or(0);
  constexpr double kRounded = 0.02;
  return Agree(bytes, Exact(known), kRounded) ? known : bytes.value;
}

// The row's P, or all of the report, or 2 and 4.
std::set<uint64_t> WorldSizes(const ReportedTable& table,
                              const ReportedRow& row) {
  if (row.world_size.value_or(1) > 1) return {*row.world_size};
  std::set<uint64_t> sizes;
  for (const ReportedRow& other : table.rows)
    if (other.label == row.label && other.world_size.value_or(1) > 1)
      sizes.insert(*other.world_size);
  return sizes.empty() ? std::set<uint64_t>{2, 4} : sizes;
}

std::string TimesText(const ReportedRow& row,
                      const std::set<uint64_t>& world_sizes) {
  const double one_way_s =
      BytesOf(row) / (1e9 / 8 * row.transfer_link_gbps->value);
  std::vector<std::string> times;
  for (const uint64_t ranks : world_sizes)
    times.push_back(absl::StrFormat(
        "%s ms (P = %d)", Short(1e3 * RingFactor(ranks) * one_way_s), ranks));
  return absl::StrJoin(times, ", ");
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (!row.transfer_bytes || !row.transfer_link_gbps || !row.transfer_time_s)
      return;
    const std::set<uint64_t> sizes = WorldSizes(table, row);
    const double gigabits = 8e-9 * BytesOf(row) * RingFactor(*sizes.begin());
    const double needed = gigabits / row.transfer_time_s->value;
    if (needed <= (1 + kSlack) * row.transfer_link_gbps->value) return;
    Finding finding;
    finding.severity = Severity::kError;
    finding.cells = {CellOf(row, "transfer_time_s")};
    finding.what = absl::StrCat(
        Short(1e-6 * BytesOf(row)), " MB in ",
        Short(1e3 * row.transfer_time_s->value), " ms need ", Short(needed),
        " Gbit/s, the link has ", Short(*row.transfer_link_gbps));
    finding.corrected = absl::StrCat("at least ", TimesText(row, sizes));
    finding.formula = "2 (P - 1) / P x N / link";
    findings.push_back(finding);
  });
  return findings;
}

}  // namespace

Rule TransferTime() {
  return {"E23",
          "transfer faster than its link",
          kText,
          absl::StrCat(kHeader, "example,2,45e6,1,0.090\n"),
          absl::StrCat(kHeader, "example,2,45e6,1,0.400\n"),
          Find};
}

}  // namespace lockstep::analysis
