#include "analysis/reported/nccl_tests_json.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace lockstep::analysis {
namespace {

using Json = nlohmann::json;

// A row is some 400 bytes; the parsed form takes ten times the file's.
constexpr size_t kMostBytes = 16 << 20;

// The member, or null.
const Json& At(const Json& object, const char* key) {
  static const Json& kNull = *new Json();
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string TextAt(const Json& object, const char* key) {
  const Json& text = At(object, key);
  return text.is_string() ? text.get<std::string>().substr(0, 60) : "";
}

uint64_t CountAt(const Json& object, const char* key) {
  const Json& count = At(object, key);
  return count.is_number_unsigned() ? count.get<uint64_t>() : 0;
}

// nccl-tests prints six decimals.
absl::StatusOr<Quantity> NumberAt(const Json& object, const char* key) {
  const Json& number = At(object, key);
  const double value = number.is_number() ? number.get<double>() : NAN;
  if (!std::isfinite(value) || value < 0)
    return absl::InvalidArgumentError(
        absl::StrCat("its ", key, " is not a number from 0 on"));
  return Quantity{value, value - 0.5e-6, value + 0.5e-6};
}

absl::Status SetResult(const Json& result, CollectiveRow& row) {
  const char* const time = At(result, "time").is_null() ? "cpu_time" : "time";
  for (const auto& [key, to] :
       {std::pair(time, &row.time_us), std::pair("alg_bw", &row.algbw),
        std::pair("bus_bw", &row.busbw)}) {
    const absl::StatusOr<Quantity> number = NumberAt(result, key);
    if (!number.ok()) return number.status();
    *to = *number;
  }
  if (!(row.time_us.value > 0))
    return absl::InvalidArgumentError("its time is not positive");
  const Json& wrong = At(result, "nwrong");
  if (wrong.is_number() && wrong.get<double>() >= 0)
    row.wrong = static_cast<uint64_t>(std::min(wrong.get<double>(), 1e18));
  return absl::OkStatus();
}

absl::Status AddResult(const Json& result, const std::string& source,
                       CollectiveTable& table) {
  CollectiveRow row;
  row.source = source;
  row.bytes = CountAt(result, "size");
  row.count = CountAt(result, "count");
  row.type = TextAt(result, "type");
  row.redop = TextAt(result, "redop");
  for (const bool in_place : {false, true}) {
    const Json& direction = At(result, in_place ? "in_place" : "out_of_place");
    if (!direction.is_object()) continue;
    row.in_place = in_place;
    row.wrong.reset();
    const absl::Status status = SetResult(direction, row);
    if (!status.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": ", status.message()));
    table.rows.push_back(row);
  }
  return absl::OkStatus();
}

void AddHeader(const Json& json, CollectiveTable& table) {
  const Json& devices = At(At(json, "config"), "devices");
  if (devices.is_array() && !devices.empty()) {
    for (const Json& device : devices)
      table.world_size = std::max<uint32_t>(
          table.world_size,
          std::min<uint64_t>(CountAt(device, "rank"), 10'000'000) + 1);
    table.device = TextAt(devices[0], "device_info");
  }
  const Json& arguments = At(json, "args");
  if (arguments.is_array() && !arguments.empty() && arguments[0].is_string()) {
    const std::string program = arguments[0].get<std::string>();
    table.collective = program.substr(program.rfind('/') + 1).substr(0, 60);
  }
  const Json& average = At(At(json, "average_bus_bandwidth"), "bandwidth");
  if (average.is_number()) table.average_busbw = average.get<double>();
}

}  // namespace

absl::StatusOr<CollectiveTable> ReadNcclTestsJson(absl::string_view bytes,
                                                  const std::string& source) {
  if (bytes.size() > kMostBytes)
    return absl::InvalidArgumentError(absl::StrCat(
        source, " has over ", kMostBytes, " bytes, too many for nccl-tests"));
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr,
                                /*allow_exceptions=*/false);
  if (json.is_discarded())
    return absl::InvalidArgumentError(
        absl::StrCat(source, " is not JSON, or cut short"));
  CollectiveTable table;
  table.source = source;
  AddHeader(json, table);
  const Json& results = At(json, "results");
  if (!results.is_array()) return table;
  for (size_t i = 0; i < results.size(); ++i) {
    const absl::Status added =
        AddResult(results[i], absl::StrCat(source, ", result ", i + 1), table);
    if (!added.ok()) return added;
  }
  return table;
}

}  // namespace lockstep::analysis
