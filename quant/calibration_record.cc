#include "quant/calibration_record.h"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace lockstep::quant {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr size_t kMostBytes = size_t{4} << 20;
constexpr size_t kMostRanges = 10001;  // AppendNode's nodes and the input
constexpr double kLargest = std::numeric_limits<float>::max();

absl::Status Refuse(absl::string_view key, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(kCalibrationKey, ": '", key, "' ", why));
}

bool IsNumber(const Json& json, double low, double high) {
  return json.is_number() && json.get<double>() >= low &&
         json.get<double>() <= high;
}

// Takes the keys of an object; the first thing that is wrong is kept, and what
// comes after it is 0.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  const absl::Status& status() const { return status_; }

  double Number(const char* key, double low, double high) {
    const Json& value = Find(key);
    if (IsNumber(value, low, high)) return value.get<double>();
    Fail(key, absl::StrCat("must be a number in ", low, " to ", high));
    return 0;
  }

  uint64_t Integer(const char* key, uint64_t low, uint64_t high) {
    const Json& value = Find(key);
    if (value.is_number_unsigned() && value.get<uint64_t>() >= low &&
        value.get<uint64_t>() <= high)
      return value.get<uint64_t>();
    Fail(key, absl::StrCat("must be an integer in ", low, " to ", high));
    return 0;
  }

  bool Flag(const char* key) {
    const Json& value = Find(key);
    if (value.is_boolean()) return value.get<bool>();
    Fail(key, "must be true or false");
    return false;
  }

  std::string Text(const char* key) {
    const Json& value = Find(key);
    if (value.is_string()) return value.get<std::string>();
    Fail(key, "must be a string");
    return "";
  }

  std::array<float, kCifarChannels> Channels(const char* key, double low,
                                             double high) {
    std::array<float, kCifarChannels> out = {};
    const Json& value = Find(key);
    bool good = value.is_array() && value.size() == out.size();
    for (size_t c = 0; good && c < out.size(); ++c) {
      good = IsNumber(value[c], low, high);
      if (good) out[c] = value[c].get<float>();
    }
    if (!good)
      Fail(key, absl::StrCat("must be 3 numbers in ", low, " to ", high));
    return out;
  }

  std::vector<NamedRange> Ranges(const char* key) {
    std::vector<NamedRange> out;
    const Json& value = Find(key);
    bool good = value.is_array() && value.size() <= kMostRanges;
    for (size_t i = 0; good && i < value.size(); ++i) {
      const Json& range = value[i];
      good = range.is_array() && range.size() == 3 && range[0].is_string() &&
             IsNumber(range[1], -kLargest, 0) &&
             IsNumber(range[2], 0, kLargest);
      if (good)
        out.push_back({range[0].get<std::string>(),
                       {range[1].get<float>(), range[2].get<float>()}});
    }
    if (!good)
      Fail(key, absl::StrCat("must be at most ", kMostRanges,
                             " of [name, min, max] with min <= 0 <= max"));
    return out;
  }

 private:
  // null if there is none.
  const Json& Find(const char* key) const {
    static const Json* const none = new Json;
    const auto found = json_.find(key);
    return found == json_.end() ? *none : *found;
  }

  void Fail(const char* key, absl::string_view why) {
    status_.Update(Refuse(key, why));
  }

  const Json& json_;
  absl::Status status_;
};

Json RangesJson(const std::vector<NamedRange>& ranges) {
  Json json = Json::array();
  for (const NamedRange& range : ranges)
    json.push_back({range.name, range.range.min, range.range.max});
  return json;
}

CalibrationOptions ReadOptions(Reader& reader) {
  CalibrationOptions options;
  options.method = reader.Text("method");
  if (options.method == "percentile")
    options.percentile = reader.Number("percentile", 50, 100);
  return options;
}

CalibrationRecord ReadFields(Reader& reader) {
  CalibrationRecord record;
  reader.Integer("version", kVersion, kVersion);
  record.options = ReadOptions(reader);
  record.images = reader.Integer("images", 1, 10000000);
  record.seed = reader.Integer("seed", 0, ~uint64_t{0});
  record.images_crc32c = reader.Integer("images_crc32c", 0, ~uint32_t{0});
  record.equalized = reader.Flag("equalized");
  record.bias_corrected = reader.Flag("bias_corrected");
  record.rounded_for_outputs = reader.Flag("rounded_for_outputs");
  record.normalization.mean = reader.Channels("mean", 0, 1);
  record.normalization.std = reader.Channels("std", 0.001f, 100);
  record.ranges = reader.Ranges("ranges");
  return record;
}

}  // namespace

std::vector<NamedRange> NameRanges(const FloatGraph& graph,
                                   const std::vector<Range>& ranges) {
  std::vector<NamedRange> named;
  for (size_t v = 0; v < ranges.size(); ++v)
    named.push_back({v == 0 ? "input" : graph.nodes[v - 1].name, ranges[v]});
  return named;
}

std::string WriteCalibrationRecord(const CalibrationRecord& record) {
  nlohmann::ordered_json json = {{"version", kVersion},
                                 {"method", record.options.method}};
  if (record.options.method == "percentile")
    json["percentile"] = record.options.percentile;
  json["images"] = record.images;
  json["seed"] = record.seed;
  json["images_crc32c"] = record.images_crc32c;
  json["equalized"] = record.equalized;
  json["bias_corrected"] = record.bias_corrected;
  json["rounded_for_outputs"] = record.rounded_for_outputs;
  json["mean"] = record.normalization.mean;
  json["std"] = record.normalization.std;
  json["ranges"] = RangesJson(record.ranges);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<CalibrationRecord> ReadCalibrationRecord(
    absl::string_view text) {
  if (text.size() > kMostBytes)
    return absl::InvalidArgumentError(absl::StrCat(
        kCalibrationKey, " has ", text.size(), " bytes, over ", kMostBytes));
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object())
    return absl::InvalidArgumentError(
        absl::StrCat(kCalibrationKey, " is not a JSON object"));
  Reader reader(json);
  CalibrationRecord record = ReadFields(reader);
  if (!reader.status().ok()) return reader.status();
  if (FindCalibrationMethod(record.options.method) == nullptr)
    return Refuse("method", absl::StrCat("is '", record.options.method,
                                         "', which no version here knows"));
  return record;
}

}  // namespace lockstep::quant
