#include "absl/strings/str_cat.h"
#include "analysis/findings/bandwidth_forms.h"
#include "analysis/findings/rules.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Bandwidth over the declared peak. No link carries more than its peak: "
    "either the bandwidth is wrong, or the peak is. A peak is per direction "
    "and "
    "rank and in GB/s: 100 Gbit/s are 12.5 GB/s, PCIe 4.0 x16 has 31.5, an "
    "NVLink of an A100 300; 0.9e9 bytes/s are 0.9 GB/s, less than 10 Gbit/s. "
    "Time that is only the exposed part of the communication also gives too "
    "high a bandwidth: what was hidden took time, too (E3).";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s,link_peak_gb_per_s\n";

Finding FindingOf(const ReportedRow& row, const Quantity& bandwidth,
                  const Quantity& peak, const char* which) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "link_peak_gb_per_s"),
                   CellOf(row, "utilization_percent")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": the ", which,
                              " bandwidth, ", Short(bandwidth), " GB/s, is ",
                              Short(100 * bandwidth.value / peak.value),
                              " % of the peak of ", Short(peak),
                              " GB/s: the peak is wrong, or the "
                              "time lacks hidden communication");
  finding.corrected =
      absl::StrCat("a peak of at least ", Short(bandwidth), " GB/s");
  finding.formula = "busbw <= peak";
  return finding;
}

void CheckRow(const Evidence& evidence, const ReportedTable& table,
              const ReportedRow& row, std::vector<Finding>& findings) {
  const std::optional<Quantity> peak = LinkPeak(evidence, row);
  if (!peak || peak->value <= 0) return;
  // A declared peak is exact; one that follows from printed numbers is not.
  const bool is_declared =
      row.link_peak_gb_per_s || evidence.link_peak_gb_per_s > 0;
  const double most = (1 + kSlack) * (is_declared ? peak->value : peak->high);
  const std::optional<Quantity> corrected = CorrectedBandwidth(table, row);
  if (row.bandwidth_gb_per_s && corrected && corrected->low > most) {
    findings.push_back(FindingOf(row, *corrected, *peak, "corrected"));
  } else if (row.bandwidth_gb_per_s && row.bandwidth_gb_per_s->low > most) {
    findings.push_back(
        FindingOf(row, *row.bandwidth_gb_per_s, *peak, "printed"));
  }
}

void CheckGroup(const Evidence& evidence, const RunGroup& group,
                std::vector<Finding>& findings) {
  const Configuration& c = group.configuration;
  const double peak = evidence.link_peak_gb_per_s > 0
                          ? evidence.link_peak_gb_per_s
                          : c.link_peak_gb_per_s;
  const double transfer_s = group.runs[0].measurement.parts.transfer;
  if (!HasParts(group) || peak <= 0 || transfer_s <= 0) return;
  const double busbw = BusBandwidth(
      AlgorithmBandwidth(c.gradient_bytes, transfer_s), c.world_size);
  if (busbw <= (1 + kSlack) * peak) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {{absl::StrCat("#", group.number), "utilisation"},
                   {absl::StrCat("#", group.number), "peak"}};
  finding.what = absl::StrCat("#", group.number, ": ", Short(busbw),
                              " GB/s were measured on a link whose declared "
                              "peak is ",
                              Short(peak), " GB/s");
  finding.corrected =
      absl::StrCat("a peak of at least ", Short(busbw), " GB/s");
  finding.formula = "busbw <= peak";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    CheckRow(evidence, table, row, findings);
  });
  for (const RunGroup& group : evidence.groups)
    CheckGroup(evidence, group, findings);
  return findings;
}

}  // namespace

Rule OverPeak() {
  return {"E13",
          "bandwidth over the declared peak",
          kText,
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,0.445,14.8,0.9\n"),
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,0.445,14.8,31.5\n"),
          Find};
}

}  // namespace lockstep::analysis
