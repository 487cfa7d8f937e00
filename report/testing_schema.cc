#include "report/testing_schema.h"

#include <algorithm>
#include <functional>
#include <map>
#include <regex>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

struct Place {
  const Json& root;  // the whole schema
  std::string path;  // in the document
};

std::string Check(const Json& schema, const Json& value, const Place& place);

bool IsA(const Json& type, const Json& value) {
  if (type.is_array()) {
    for (const Json& one : type)
      if (IsA(one, value)) return true;
    return false;
  }
  return type == (value.is_number() ? "number" : value.type_name());
}

std::string CheckRequired(const Json& names, const Json& value) {
  for (const Json& name : names)
    if (!value.contains(name.get<std::string>()))
      return absl::StrCat("has no ", name.get<std::string>());
  return "";
}

std::string CheckProperties(const Json& schemas, const Json& value,
                            const Place& place) {
  for (const auto& [name, child] : value.items()) {
    if (!schemas.contains(name)) return absl::StrCat("has the key ", name);
    const std::string problem =
        Check(schemas[name], child,
              {place.root, absl::StrCat(place.path, "/", name)});
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string CheckItems(const Json& schema, const Json& value,
                       const Place& place) {
  for (size_t i = 0; i < value.size(); ++i) {
    const std::string problem =
        Check(schema, value[i], {place.root, absl::StrCat(place.path, "/", i)});
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string CheckIf(bool is_right, const Json& value) {
  return is_right ? "" : absl::StrCat("is ", value.dump());
}

using Rule = std::function<std::string(const Json&, const Json&, const Place&)>;

std::string Nothing(const Json&, const Json&, const Place&) { return ""; }

const std::map<std::string, Rule>& Rules() {
  static const auto* const rules = new std::map<std::string, Rule>{
      {"$schema", Nothing},
      {"$defs", Nothing},
      {"title", Nothing},
      {"description", Nothing},
      {"additionalProperties", Nothing},  // CheckProperties allows none
      {"type", [](const Json& type, const Json& value,
                  const Place&) { return CheckIf(IsA(type, value), value); }},
      {"const", [](const Json& wanted, const Json& value,
                   const Place&) { return CheckIf(wanted == value, value); }},
      {"enum",
       [](const Json& all, const Json& value, const Place&) {
         return CheckIf(std::find(all.begin(), all.end(), value) != all.end(),
                        value);
       }},
      {"pattern",
       [](const Json& pattern, const Json& value, const Place&) {
         return CheckIf(
             std::regex_search(value.get<std::string>(),
                               std::regex(pattern.get<std::string>())),
             value);
       }},
      {"minItems",
       [](const Json& least, const Json& value, const Place&) {
         return CheckIf(value.size() >= least, value);
       }},
      {"maxItems",
       [](const Json& most, const Json& value, const Place&) {
         return CheckIf(value.size() <= most, value);
       }},
      {"required", [](const Json& names, const Json& value,
                      const Place&) { return CheckRequired(names, value); }},
      {"properties", CheckProperties},
      {"items", CheckItems},
      {"$ref", [](const Json& to, const Json& value, const Place& place) {
         return Check(
             place.root.at(Json::json_pointer(to.get<std::string>().substr(1))),
             value, place);
       }}};
  return *rules;
}

std::string Check(const Json& schema, const Json& value, const Place& place) {
  for (const auto& [name, argument] : schema.items()) {
    const auto rule = Rules().find(name);
    if (rule == Rules().end()) return absl::StrCat("unknown rule ", name);
    const std::string problem = rule->second(argument, value, place);
    if (!problem.empty())
      return problem[0] == '/'
                 ? problem
                 : absl::StrCat(place.path.empty() ? "/" : place.path, " ",
                                problem, " (", name, ")");
  }
  return "";
}

}  // namespace

std::string WhyNotAReport(const std::string& report) {
  const auto text = ReadFile("docs/report_schema.json");
  if (!text.ok()) return std::string(text.status().message());
  const Json schema = Json::parse(*text, nullptr, false);
  if (schema.is_discarded()) return "the schema is not JSON";
  const Json value = Json::parse(report, nullptr, false);
  if (value.is_discarded()) return "the report is not JSON";
  return Check(schema, value, {schema, ""});
}

}  // namespace lockstep
