#include "analysis/reported/text_proto_table.h"

#include <set>

#include "analysis/reported/reported_table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  return std::string(ParseTextProtoTable(text, "t.txt").status().message());
}

TEST(TextProtoTable, FieldsAreTheColumns) {
  std::set<std::string> columns, fields;
  for (const TextColumn& column : TextColumns()) columns.insert(column.name);
  for (const CountColumn& column : CountColumns()) columns.insert(column.name);
  for (const NumberColumn& column : NumberColumns())
    columns.insert(column.name);
  const auto& descriptor = *lockstep::ReportedTable::Row::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i)
    fields.insert(descriptor.field(i)->name());
  EXPECT_EQ(columns, fields);
}

TEST(TextProtoTable, Reads) {
  const auto table = ParseTextProtoTable(
      "# S3\nevery_row { label: 'S3' device: 'V100' }\n"
      "rows { world_size: 1 batch_size_per_rank: 512 epoch_time_s: 18.07 }\n"
      "rows { world_size: 2 batch_size_per_rank: 512 epoch_time_s: 10.20 }\n",
      "t.txt");
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[1].source, "t.txt:row 2");
  EXPECT_EQ(table->rows[1].device, "V100");
  EXPECT_DOUBLE_EQ(table->rows[0].epoch_time_s->low, 18.065);
}

TEST(TextProtoTable, NamesWhatIsWrong) {
  EXPECT_THAT(ErrorOf("rows { wrld_size: 1 }"), HasSubstr("t.txt:1:"));
  EXPECT_THAT(ErrorOf("rows { world_size: 1 epoch_time_s: -3 }"),
              HasSubstr("t.txt:row 1: epoch_time_s is '-3'"));
  EXPECT_THAT(ErrorOf("rows { world_size: 1 epoch_time_s: nan }"),
              HasSubstr("epoch_time_s is 'nan'"));
  EXPECT_THAT(ErrorOf("every_row { }"), HasSubstr("no rows"));
}

}  // namespace
}  // namespace lockstep::analysis
