#include "analysis/reported/text_proto_table.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "analysis/reported/reported_table.pb.h"

namespace lockstep::analysis {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;
using ProtoRow = lockstep::ReportedTable::Row;

class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (first_.empty())
      first_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// The shortest text that is read as this number: how it was printed.
std::string Shortest(double value) {
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text = absl::StrFormat("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value) break;
  }
  return text;
}

std::string ValueText(const ProtoRow& row, const FieldDescriptor* field) {
  const auto& reflection = *row.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(row, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(row, field));
    default:
      return Shortest(reflection.GetDouble(row, field));
  }
}

// Fields and columns have the same names.
absl::Status Read(const ProtoRow& proto, ReportedRow& row) {
  std::vector<const FieldDescriptor*> fields;
  proto.GetReflection()->ListFields(proto, &fields);
  for (const FieldDescriptor* field : fields) {
    const absl::Status set =
        SetColumn(row, field->name(), ValueText(proto, field));
    if (!set.ok()) return set;
  }
  return absl::OkStatus();
}

}  // namespace

bool LooksLikeTextProtoTable(absl::string_view begin) {
  for (absl::string_view line : absl::StrSplit(begin, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    return absl::StartsWith(line, "rows") ||
           absl::StartsWith(line, "every_row");
  }
  return false;
}

absl::StatusOr<ReportedTable> ParseTextProtoTable(absl::string_view text,
                                                  const std::string& source) {
  constexpr size_t kMostMiB = 16;
  if (text.size() > kMostMiB << 20)
    return absl::InvalidArgumentError(absl::StrCat(
        source, " is larger than the ", kMostMiB, " MiB of a table"));
  lockstep::ReportedTable proto;
  FirstError error;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &proto))
    return absl::InvalidArgumentError(absl::StrCat(source, ":", error.first()));
  if (proto.rows().empty())
    return absl::InvalidArgumentError(absl::StrCat(source, " has no rows"));
  constexpr int kMostRows = 1000;  // as in CSV
  if (proto.rows_size() > kMostRows)
    return absl::InvalidArgumentError(absl::StrCat(
        source, " has more than ", kMostRows, " rows: split it by label"));
  ReportedTable table{source, {}, {}};
  for (int i = 0; i < proto.rows_size(); ++i) {
    ReportedRow row, defaults;
    row.source = absl::StrCat(source, ":row ", i + 1);
    absl::Status read = Read(proto.rows(i), row);
    if (read.ok()) read = Read(proto.every_row(), defaults);
    if (!read.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(row.source, ": ", read.message()));
    FillFrom(defaults, row);
    table.rows.push_back(std::move(row));
  }
  CountEpochsFromOne(table);
  return table;
}

}  // namespace lockstep::analysis
