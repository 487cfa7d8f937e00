// quant:eval: quantises a float ONNX model and says what that costs.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "data/cifar10.h"
#include "quant/cpu.h"
#include "quant/dump_values.h"
#include "quant/evaluate.h"
#include "quant/float_engine.h"
#include "quant/net_file.h"
#include "quant/net_flags.h"
#include "quant/qdq_export.h"
#include "quant/report.h"
#include "quant/report_data.h"
#include "quant/report_html.h"
#include "quant/run_memory.h"
#include "quant/stages.h"
#include "quant/verify.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"

ABSL_FLAG(int, batch_size, 8,
          "[engine] images a thread works on at once; changes no result");
ABSL_FLAG(int, verify, 0,
          "[engine] first compare every value of this many test images on "
          "every instruction set with the reference engine; 0: none");
ABSL_FLAG(bool, stages, false,
          "[report] accuracy of fp32, then with int8 weights, activations, "
          "biases");
ABSL_FLAG(std::string, weights_only, "",
          "[report] layers, with commas between: a row of --stages in which "
          "what they store is not rounded");
ABSL_FLAG(int, sensitivity, 0,
          "[report] rank the layers by what rounding each alone does to this "
          "many test images; 0: not");
ABSL_FLAG(int, calibration_draws, 0,
          "[report] calibrate also on this many other draws of images (seeds "
          "1, 2, ...) and report the spread; 0: not");
ABSL_FLAG(std::string, output_dir, "",
          "[output] folder for quant.md and quant.html; unset: only printed");
ABSL_FLAG(
    std::string, save, "",
    "[output] files for the quantised net, with commas between: "
    "NAME.lsq for this engine, NAME.onnx (QDQ, see --dialect) for others");
ABSL_FLAG(std::string, dump_values, "",
          "[output] folder for every stored value of the test images, for "
          "tools/peers/compare");

namespace lockstep::quant {
namespace {

// Images whose layers are measured, and pictures of flips, in the report.
constexpr size_t kMeasuredImages = 256, kPictures = 24;

std::vector<std::string> SavedFiles() {
  std::vector<std::string> paths;
  for (absl::string_view path :
       absl::StrSplit(absl::GetFlag(FLAGS_save), ',', absl::SkipEmpty()))
    paths.push_back(ResolveUserPath(std::string(path)));
  return paths;
}

std::vector<std::string> WeightsOnly() {
  return absl::StrSplit(absl::GetFlag(FLAGS_weights_only), ',',
                        absl::SkipEmpty());
}

absl::Status CheckFlags(const std::vector<std::string>& arguments) {
  absl::Status status = CheckNetFlags(arguments);
  if (status.ok())
    status = CheckRange("batch_size", absl::GetFlag(FLAGS_batch_size), 1, 1024);
  if (status.ok())
    status = CheckRange("verify", absl::GetFlag(FLAGS_verify), 0, 10000);
  if (status.ok())
    status =
        CheckRange("sensitivity", absl::GetFlag(FLAGS_sensitivity), 0, 10000);
  if (status.ok())
    status = CheckRange("calibration_draws",
                        absl::GetFlag(FLAGS_calibration_draws), 0, 1000);
  for (const std::string& path : SavedFiles())
    if (status.ok() && !absl::EndsWith(path, ".lsq") &&
        !absl::EndsWith(path, ".onnx"))
      status = absl::InvalidArgumentError(absl::StrCat(
          "--save: '", path, "' ends neither in .lsq nor in .onnx"));
  return status;
}

// What needs a form of the net that its file does not have.
absl::Status CheckKind(const QuantizedNet& net) {
  const bool wants_draws = absl::GetFlag(FLAGS_calibration_draws) > 0;
  const bool wants_floats = absl::GetFlag(FLAGS_stages) ||
                            absl::GetFlag(FLAGS_sensitivity) > 0 ||
                            !WeightsOnly().empty();
  bool wants_onnx = false;
  for (const std::string& path : SavedFiles())
    wants_onnx |= absl::EndsWith(path, ".onnx");
  if (wants_draws && net.kind != ModelKind::kFloat)
    return absl::InvalidArgumentError(
        "--calibration_draws needs a float model: this one is quantised");
  if ((wants_floats || wants_onnx) && net.kind == ModelKind::kIntegers)
    return absl::InvalidArgumentError(
        "--stages, --weights_only, --sensitivity and --save FILE.onnx need an "
        "ONNX model: an .lsq file holds integers only");
  return net.quantized ? CheckLayers(*net.quantized, WeightsOnly())
                       : absl::OkStatus();
}

absl::Status Save(const QuantizedNet& net) {
  for (const std::string& path : SavedFiles()) {
    std::string bytes;
    if (absl::EndsWith(path, ".lsq")) {
      bytes = EncodeNet({net.integer, net.metadata});
    } else {
      const auto model = QdqModel(*net.quantized, net.metadata);
      if (!model.ok()) return model.status();
      bytes = model->SerializeAsString();
    }
    const absl::Status status = WriteFileAtomically(path, bytes);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Prints what is equal, if that is asked for.
absl::Status Verify(const IntegerGraph& graph, const ImageSet& test) {
  const int images = absl::GetFlag(FLAGS_verify);
  if (images == 0) return absl::OkStatus();
  const auto lines = VerifyIsas(graph, test, images, ThisCpu());
  if (!lines.ok()) return lines.status();
  std::fputs(lines->c_str(), stdout);
  return absl::OkStatus();
}

// The same net, calibrated on other images.
absl::Status AddDraws(NetInputs& inputs, const Parallelism& parallelism,
                      ReportData& data) {
  const Evaluation& first = data.evaluation;
  for (int seed = 1; seed <= absl::GetFlag(FLAGS_calibration_draws); ++seed) {
    const auto net = Requantize(inputs, seed);
    if (!net.ok()) return net.status();
    data.draws.push_back(
        {static_cast<uint64_t>(seed),
         CompareInPairs(inputs.test.labels, first.fp32_classes,
                        Int8Classes(net->integer, inputs.test, inputs.engine,
                                    parallelism))});
  }
  return absl::OkStatus();
}

void AddStages(const NetInputs& inputs, const Parallelism& parallelism,
               ReportData& data) {
  const std::vector<std::string> weights_only = WeightsOnly();
  if (absl::GetFlag(FLAGS_stages) || !weights_only.empty())
    data.stages = RunStages(inputs.net, inputs.test, data.evaluation,
                            weights_only, parallelism);
  const int images = absl::GetFlag(FLAGS_sensitivity);
  if (images > 0)
    data.sensitivity = RankLayers(inputs.net, inputs.test, images, parallelism);
}

// What only the written report has.
void AddDetails(const NetInputs& inputs, const Parallelism& parallelism,
                ReportData& data) {
  const Evaluation& e = data.evaluation;
  data.int8_confusion = CountConfusion(inputs.test.labels, e.int8_classes);
  if (inputs.net.kind != ModelKind::kIntegers) {
    data.fp32_confusion = CountConfusion(inputs.test.labels, e.fp32_classes);
    data.flips =
        FindFlips(inputs.test, e.fp32_classes, e.int8_classes, kPictures);
    data.histograms = ParameterHistograms(*inputs.net.quantized);
  }
  if (inputs.net.kind != ModelKind::kFloat) return;
  data.layers =
      MeasureNet(inputs.net, inputs.test, kMeasuredImages, parallelism);
  AddActivations(data.layers, data.histograms);
}

// Prints the report and writes it if asked for.
absl::Status Publish(const NetInputs& inputs, const Parallelism& parallelism,
                     ReportData& data) {
  std::fputs(TerminalReport(data).c_str(), stdout);
  const std::string folder = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  if (folder.empty()) return absl::OkStatus();
  AddDetails(inputs, parallelism, data);
  const absl::Status status = WriteFileAtomically(
      absl::StrCat(folder, "/quant.md"), MarkdownReport(data));
  if (!status.ok()) return status;
  return WriteFileAtomically(absl::StrCat(folder, "/quant.html"),
                             HtmlReport(data));
}

absl::Status Report(NetInputs& inputs, const Parallelism& parallelism) {
  ReportData data;
  data.context = {inputs.model,          inputs.data,
                  inputs.calibration,    inputs.normalization_source,
                  inputs.skipped_output, inputs.net.normalization,
                  inputs.engine.name,    inputs.engine.description,
                  FloatKernelName(),     CpuName(),
                  parallelism.threads,   parallelism.batch};
  data.evaluation =
      Evaluate(inputs.net, inputs.test, inputs.engine, parallelism);
  AddStages(inputs, parallelism, data);
  const absl::Status status = AddDraws(inputs, parallelism, data);
  return status.ok() ? Publish(inputs, parallelism, data) : status;
}

absl::Status Eval(const std::vector<std::string>& arguments) {
  absl::Status status = CheckFlags(arguments);
  if (!status.ok()) return status;
  const std::string output = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  if (!output.empty()) status = MakeWritableDirectory(output);
  if (!status.ok()) return status;
  auto inputs = ReadNetInputs();
  if (!inputs.ok()) return inputs.status();
  status = CheckKind(inputs->net);
  if (status.ok()) status = Verify(inputs->net.integer, inputs->test);
  if (status.ok()) status = Save(inputs->net);
  const std::string folder = ResolveUserPath(absl::GetFlag(FLAGS_dump_values));
  if (status.ok() && !folder.empty())
    status = DumpValues(inputs->net, inputs->test, folder);
  if (!status.ok()) return status;
  const size_t batch = absl::GetFlag(FLAGS_batch_size);
  return Report(*inputs,
                FittingParallelism({inputs->threads, batch},
                                   IntegerRunBytes(inputs->net.integer)));
}

}  // namespace
}  // namespace lockstep::quant

int main(int argc, char** argv) {
  return lockstep::RunMain(
      argc, argv,
      "makes an integer-only net of a float ONNX model, and reports what that "
      "does to accuracy and speed",
      lockstep::quant::Eval);
}
