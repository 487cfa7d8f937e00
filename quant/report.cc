#include "quant/report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep::quant {
namespace {

std::string AccuracyTable(const Evaluation& e) {
  const PairedAccuracy& a = e.accuracy;
  return absl::StrFormat(
      "| | accuracy | correct | images/s | ms/image a thread |\n"
      "|---|---:|---:|---:|---:|\n"
      "| fp32 | %.2f %% | %d of %d | %.1f | %.3f |\n"
      "| int8 | %.2f %% | %d of %d | %.1f | %.3f |\n",
      a.BeforePercent(), a.before_correct, a.images, e.fp32.ImagesPerSecond(),
      e.fp32.MillisecondsPerImage(), a.AfterPercent(), a.after_correct,
      a.images, e.int8.ImagesPerSecond(), e.int8.MillisecondsPerImage());
}

std::string Differences(const Evaluation& e) {
  const PairedAccuracy& a = e.accuracy;
  std::string text = absl::StrFormat(
      "- difference int8 - fp32: %+.2f points, 95 %% interval [%+.2f, %+.2f] "
      "(paired)\n"
      "- flips: %d right to wrong, %d wrong to right\n"
      "- agreement: %.2f %% of the images get the same class\n"
      "- logits: error %.1f dB below the fp32 logits\n",
      a.DifferencePoints(), a.DifferencePoints() - a.HalfIntervalPoints(),
      a.DifferencePoints() + a.HalfIntervalPoints(), a.lost, a.gained,
      a.AgreementPercent(), e.logit_error_db);
  if (a.lost + a.gained == 0)
    absl::StrAppendFormat(
        &text,
        "- no flip was seen: a difference under about %.2f points "
        "cannot be told from none with %d images\n",
        300.0 / a.images, a.images);
  return text;
}

std::string Conditions(const Evaluation& e, const ReportContext& c) {
  return absl::StrFormat(
      "- model: %s (%d convolutions and matrices, %.1f M multiplications an "
      "image)\n"
      "- data: %s, %d test images\n"
      "- calibration: %s over the first %d training images, no augmentation\n"
      "- mean %s, std %s, from %s\n"
      "- int8 kernel: %s (%s); fp32 code: %s\n"
      "- CPU: %s, %d threads, batches of %d\n",
      c.model, e.convolutions, e.macs / 1e6, c.data, e.accuracy.images,
      c.calibration, e.calibration_images,
      absl::StrJoin(c.normalization.mean, ","),
      absl::StrJoin(c.normalization.std, ","), c.normalization_source, c.kernel,
      c.kernel_description, c.float_kernel, c.cpu, c.threads, c.batch);
}

}  // namespace

std::string Report(const Evaluation& evaluation, const ReportContext& context) {
  return absl::StrCat("# int8 evaluation\n\n", AccuracyTable(evaluation), "\n",
                      Differences(evaluation), "\n",
                      Conditions(evaluation, context));
}

}  // namespace lockstep::quant
