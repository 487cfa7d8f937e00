#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Averages of averages, and padded samples. Accuracy is correct / images, "
    "with counts that are exact over all ranks: of 10,000 test images it is a "
    "multiple of 0.0001. The mean of the means of ranks or batches weighs a "
    "small last batch like a full one; a distributed sampler pads, so some "
    "test "
    "images count twice and there are more than the data set has. All-reduce "
    "the counts, with a mask for what was padded.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch,accuracy,test_images\n";

Finding FindingOf(const ReportedRow& row, std::vector<CellName> cells,
                  const std::string& what, std::string corrected) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = std::move(cells);
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", what);
  finding.corrected = std::move(corrected);
  finding.formula = "correct / images";
  return finding;
}

// True if some whole number of images gives the accuracy as printed; programs
// also print all digits of a float.
bool IsACount(const Quantity& accuracy, uint64_t images) {
  constexpr double kFloat = 1e-7;
  const double slack = 2 * kFloat * images;  // in images
  return std::floor(accuracy.high * images + slack) >=
         std::ceil(accuracy.low * images - slack);
}

// The median of an even number of repeats is a mean of two.
bool IsAMeanOfRepeats(const ReportedRow& row) {
  const uint64_t repeats = std::min<uint64_t>(row.repeats.value_or(1), 1000);
  return IsACount(*row.accuracy, *row.test_images * repeats) ||
         (repeats > 1 && IsACount(*row.accuracy, 2 * *row.test_images));
}

// CIFAR-10 has 10,000; a sampler that pads shows a few more.
constexpr uint64_t kCifarTrain = 50000, kCifarTest = 10000;

void CheckAccuracy(const ReportedRow& row, std::vector<Finding>& findings) {
  const bool is_known =
      !row.test_images_assumed || row.train_images == kCifarTrain;
  if (!row.accuracy || !row.test_images || !is_known || IsAMeanOfRepeats(row))
    return;
  findings.push_back(FindingOf(
      row, {CellOf(row, "accuracy")},
      absl::StrFormat("%.8g is no whole number of %d images: a mean of means, "
                      "or of padded samples",
                      row.accuracy->value, *row.test_images),
      "count correct images over all ranks"));
}

void CheckPadding(const ReportedRow& row, std::vector<Finding>& findings) {
  if (row.train_images != kCifarTrain || !row.test_images ||
      *row.test_images <= kCifarTest || *row.test_images >= 2 * kCifarTest)
    return;
  findings.push_back(
      FindingOf(row, {CellOf(row, "test_images"), CellOf(row, "accuracy")},
                absl::StrCat(*row.test_images, " test images of ", kCifarTest,
                             ": ", *row.test_images - kCifarTest,
                             " padded ones were counted twice"),
                absl::StrCat(kCifarTest, " images, each once")));
}

void CheckGroup(const RunGroup& group, std::vector<Finding>& findings) {
  for (const Run& run : group.runs) {
    for (const EpochResult& epoch : run.epochs) {
      if (epoch.test_correct <= epoch.test_images) continue;
      Finding finding;
      finding.severity = Severity::kError;
      finding.cells = {{run.id, "test accuracy"}};
      finding.what = absl::StrCat(run.id, ", epoch ", epoch.epoch, ": ",
                                  epoch.test_correct, " of ", epoch.test_images,
                                  " test images are right");
      finding.formula = "correct <= images";
      findings.push_back(finding);
    }
  }
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    CheckAccuracy(row, findings);
    CheckPadding(row, findings);
  });
  for (const RunGroup& group : evidence.groups) CheckGroup(group, findings);
  return findings;
}

}  // namespace

Rule Averaging() {
  return {"E11",
          "averages of averages, padded samples",
          kText,
          absl::StrCat(kHeader, "example,3,128,5,.86547,10002\n"),
          absl::StrCat(kHeader, "example,3,128,5,.8654,10000\n"),
          Find};
}

}  // namespace lockstep::analysis
