#include "analysis/reported/collective_checks.h"

#include <map>

#include "analysis/reported/bus_factor.h"

namespace lockstep::analysis {
namespace {

// Beyond what rounding explains: nccl-tests divides before it rounds.
constexpr double kSlack = 1e-6;

}  // namespace

std::vector<CollectiveProblem> OtherAlgorithmBandwidth(
    const CollectiveTable& table) {
  std::vector<CollectiveProblem> problems;
  for (const CollectiveRow& row : table.rows) {
    // bytes / us = 1e6 B/s = 1e-3 GB/s.
    const Quantity expected = Exact(1e-3 * row.bytes) / row.time_us;
    if (!Agree(row.algbw, expected, kSlack))
      problems.push_back({&row, row.algbw.value, expected.value});
  }
  return problems;
}

std::vector<CollectiveProblem> OtherBusBandwidth(const CollectiveTable& table) {
  std::vector<CollectiveProblem> problems;
  const double factor =
      table.world_size == 0 ? 0 : BusFactor(table.collective, table.world_size);
  if (factor == 0) return problems;
  for (const CollectiveRow& row : table.rows) {
    const Quantity expected = factor * row.algbw;
    if (!Agree(row.busbw, expected, kSlack))
      problems.push_back({&row, row.busbw.value, expected.value});
  }
  return problems;
}

std::vector<CollectiveProblem> WrongElements(const CollectiveTable& table) {
  std::vector<CollectiveProblem> problems;
  for (const CollectiveRow& row : table.rows)
    if (row.wrong.value_or(0) > 0)
      problems.push_back({&row, static_cast<double>(*row.wrong), 0});
  return problems;
}

std::vector<CollectivePoint> FitPoints(const CollectiveTable& table) {
  std::map<uint64_t, CollectivePoint> by_size;
  if (table.world_size == 0) return {};
  for (const CollectiveRow& row : table.rows)
    if (row.bytes > 0 && (row.in_place || by_size.count(row.bytes) == 0))
      by_size[row.bytes] = {table.world_size, static_cast<double>(row.bytes),
                            1e-6 * row.time_us.value};
  std::vector<CollectivePoint> points;
  for (const auto& [bytes, point] : by_size) points.push_back(point);
  return points;
}

Table CollectivesAloneTable(const std::vector<CollectiveTable>& tables) {
  Table result;
  result.name = "collectives_alone";
  result.title = "Collectives alone, as nccl-tests reported them";
  result.caption =
      "Reported, not measured here. GB = 1e9 bytes; busbw as printed.";
  result.columns = {{"collective", ""}, {"P", ""},         {"bytes", ""},
                    {"type", ""},       {"buffer", ""},    {"time", "us"},
                    {"algbw", "GB/s"},  {"busbw", "GB/s"}, {"wrong", ""}};
  for (const CollectiveTable& table : tables) {
    for (const CollectiveRow& row : table.rows)
      result.rows.push_back(
          {Text(table.collective),
           table.world_size > 0 ? Count(table.world_size) : Missing(),
           Count(row.bytes), Text(row.type),
           Text(row.in_place ? "in place" : "out of place"),
           Number(row.time_us.value), Number(row.algbw.value),
           Number(row.busbw.value),
           row.wrong.has_value() ? Count(*row.wrong) : Missing()});
    result.notes.insert(result.notes.end(), table.notes.begin(),
                        table.notes.end());
  }
  return result;
}

}  // namespace lockstep::analysis
