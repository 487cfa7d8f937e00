#include "quant/report_tables.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep::quant {
namespace {

constexpr int kPercentDecimals = 2;

Cell Percent(double value) { return Decimal(value, kPercentDecimals); }

Cell DifferenceOf(const PairedAccuracy& a) {
  const double middle = a.DifferencePoints(), half = a.HalfIntervalPoints();
  return Difference(middle, {middle - half, middle + half}, kPercentDecimals);
}

// Without an error there is no ratio.
Cell Decibels(double value) {
  return std::isinf(value) ? Missing() : Decimal(value, 1);
}

// Shares of a per cent matter: two significant digits.
Cell SmallPercent(double value) { return Number(value, 2); }

Cell Probability(double p) {
  return p < 1e-4 ? Text("< 0.0001") : Number(p, 2);
}

const Column kAccuracy = {"accuracy", "%"}, kFp32 = {"fp32", "%"},
             kInt8 = {"int8", "%"},
             kDifference = {"int8 - fp32", "points", true},
             kAgreement = {"agreement", "%"}, kLogits = {"logits", "dB"};

// Largest minus smallest of a figure of the draws.
template <typename F>
double Spread(const std::vector<DrawRow>& draws, F figure) {
  const auto [low, high] = std::minmax_element(
      draws.begin(), draws.end(), [&](const DrawRow& a, const DrawRow& b) {
        return figure(a.accuracy) < figure(b.accuracy);
      });
  return figure(high->accuracy) - figure(low->accuracy);
}

Table ConfusionTable(std::string name, std::string title, std::string caption) {
  Table table = {std::move(name),
                 std::move(title),
                 std::move(caption),
                 {{"class", ""}},
                 {},
                 {}};
  for (const char* predicted : kCifarClassNames)
    table.columns.push_back({predicted, ""});
  for (const char* label : kCifarClassNames)
    table.rows.push_back({Text(label)});
  return table;
}

Table CountsTable(const std::string& name, const Confusion& confusion) {
  Table table = ConfusionTable(
      absl::StrCat("confusion_", name), absl::StrCat("Confusion, ", name),
      "Images of each class (rows) by the class they got (columns).");
  for (int label = 0; label < kCifarClasses; ++label)
    for (const size_t count : confusion[label])
      table.rows[label].push_back(Count(count));
  return table;
}

Table ChangesTable(const Confusion& fp32, const Confusion& int8) {
  Table table =
      ConfusionTable("confusion_change", "Confusion, int8 - fp32",
                     "Images that int8 puts more (or less) often into a cell.");
  for (int label = 0; label < kCifarClasses; ++label)
    for (int c = 0; c < kCifarClasses; ++c) {
      Cell change = Decimal(double(int8[label][c]) - double(fp32[label][c]), 0);
      change.is_difference = true;
      table.rows[label].push_back(std::move(change));
    }
  return table;
}

}  // namespace

Table AccuracyTable(const Evaluation& e) {
  Table table = {"accuracy",
                 "Accuracy",
                 "Right answers on the test images, and the rate of both nets.",
                 {{"net", ""},
                  kAccuracy,
                  {"correct", ""},
                  {"images", ""},
                  {"rate", "images/s"},
                  {"time a thread", "ms/image"}},
                 {},
                 {}};
  const auto add = [&](const std::string& name, double percent, size_t correct,
                       const Timing& timing) {
    table.rows.push_back({Text(name), Percent(percent), Count(correct),
                          Count(e.accuracy.images),
                          Decimal(timing.ImagesPerSecond(), 1),
                          Decimal(timing.MillisecondsPerImage(), 3)});
  };
  if (!e.baseline.empty())
    add(e.baseline, e.accuracy.BeforePercent(), e.accuracy.before_correct,
        e.fp32);
  add("int8", e.accuracy.AfterPercent(), e.accuracy.after_correct, e.int8);
  return table;
}

Table PairedTable(const PairedAccuracy& a) {
  return {"paired",
          "Paired statistics",
          "The same images through both nets; p: how likely flips are so "
          "one-sided by chance (exact McNemar test).",
          {kDifference,
           {"right to wrong", ""},
           {"wrong to right", ""},
           {"p", ""},
           kAgreement},
          {{DifferenceOf(a), Count(a.lost), Count(a.gained),
            Probability(a.McNemarP()), Percent(a.AgreementPercent())}},
          {}};
}

Table StagesTable(const std::vector<StageRow>& stages) {
  Table table = {"stages",
                 "Stages",
                 "The net with more and more of it in integers, against fp32.",
                 {{"stage", ""},
                  kAccuracy,
                  {"correct", ""},
                  kDifference,
                  kAgreement,
                  kLogits},
                 {},
                 {}};
  for (const StageRow& row : stages)
    table.rows.push_back({Text(row.name), Percent(row.accuracy.AfterPercent()),
                          Count(row.accuracy.after_correct),
                          DifferenceOf(row.accuracy),
                          Percent(row.accuracy.AgreementPercent()),
                          Decibels(row.logit_error_db)});
  return table;
}

Table LayersTable(const std::vector<LayerMeasurement>& layers) {
  Table table = {"layers",
                 "Errors of each layer",
                 "Stored activations of the integer engine against the float "
                 "net's, layers before included.",
                 {{"#", ""},
                  {"layer", ""},
                  {"SQNR", "dB"},
                  {"cosine", ""},
                  {"clipped", "%"},
                  {"saturated", "%"},
                  {"saturated", "codes"},
                  {"values", ""}},
                 {},
                 {}};
  for (const LayerMeasurement& layer : layers)
    table.rows.push_back(
        {Count(table.rows.size() + 1), Text(layer.layer),
         Decibels(layer.errors.SqnrDb()), Decimal(layer.errors.Cosine(), 6),
         SmallPercent(layer.errors.ClippedPercent()),
         SmallPercent(layer.errors.SaturatedPercent()),
         Count(layer.errors.saturated()), Count(layer.errors.count())});
  return table;
}

Table SensitivityTable(std::vector<SensitivityRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.logit_error_db < b.logit_error_db;
  });
  Table table = {
      "sensitivity",
      "Sensitivity",
      "The net with one layer in integers and the rest in fp32; "
      "most error first.",
      {{"#", ""}, {"layer", ""}, kAccuracy, kDifference, kAgreement, kLogits},
      {},
      {}};
  for (const SensitivityRow& row : rows)
    table.rows.push_back({Count(table.rows.size() + 1), Text(row.layer),
                          Percent(row.accuracy.AfterPercent()),
                          DifferenceOf(row.accuracy),
                          Percent(row.accuracy.AgreementPercent()),
                          Decibels(row.logit_error_db)});
  return table;
}

Table DrawsTable(const std::vector<DrawRow>& draws) {
  Table table = {"draws",
                 "Calibration draws",
                 "The same net calibrated on other images; the last row is "
                 "largest minus smallest.",
                 {{"seed", ""}, kFp32, kInt8, kDifference, kAgreement},
                 {},
                 {}};
  for (const DrawRow& draw : draws)
    table.rows.push_back(
        {Text(absl::StrCat(draw.seed)), Percent(draw.accuracy.BeforePercent()),
         Percent(draw.accuracy.AfterPercent()), DifferenceOf(draw.accuracy),
         Percent(draw.accuracy.AgreementPercent())});
  if (draws.empty()) return table;
  const auto spread = [&](double (PairedAccuracy::*figure)() const) {
    return Percent(
        Spread(draws, [&](const PairedAccuracy& a) { return (a.*figure)(); }));
  };
  table.rows.push_back({Text("spread"), spread(&PairedAccuracy::BeforePercent),
                        spread(&PairedAccuracy::AfterPercent),
                        spread(&PairedAccuracy::DifferencePoints),
                        spread(&PairedAccuracy::AgreementPercent)});
  return table;
}

Table FlipsTable(const std::vector<FlippedImage>& flips,
                 const PairedAccuracy& accuracy) {
  Table table = {
      "flips",
      "Flipped images",
      absl::StrCat("Right in one net and wrong in the other: ", flips.size(),
                   " of ", accuracy.lost + accuracy.gained, "."),
      {{"image", ""}, {"class", ""}, {"fp32", ""}, {"int8", ""}},
      {},
      {}};
  for (const FlippedImage& flip : flips)
    table.rows.push_back({Count(flip.index), Text(kCifarClassNames[flip.label]),
                          Text(kCifarClassNames[flip.before]),
                          Text(kCifarClassNames[flip.after])});
  return table;
}

std::vector<Table> ConfusionTables(const ReportData& data) {
  std::vector<Table> tables;
  if (data.fp32_confusion)
    tables.push_back(CountsTable("fp32", *data.fp32_confusion));
  if (data.int8_confusion)
    tables.push_back(CountsTable("int8", *data.int8_confusion));
  if (tables.size() == 2 && *data.fp32_confusion != *data.int8_confusion)
    tables.push_back(ChangesTable(*data.fp32_confusion, *data.int8_confusion));
  return tables;
}

}  // namespace lockstep::quant
