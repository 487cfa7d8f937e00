#include "quant/net_flags.h"

#include <map>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "data/sample_path.h"
#include "quant/build_integer_graph.h"
#include "quant/calibration_record.h"
#include "quant/cpu.h"
#include "quant/input_codes.h"
#include "quant/net_file.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "tools/cli/command_line.h"
#include "tools/cli/machine.h"

ABSL_FLAG(std::string, model, "",
          "[model] float ONNX file to quantise; or a quantised one: ONNX with "
          "QuantizeLinear and DequantizeLinear, or .lsq");
ABSL_FLAG(std::string, mean, "",
          "[model] R,G,B mean of pixels in 0..1, if the model's metadata does "
          "not say; else CIFAR-10's");
ABSL_FLAG(std::string, std, "", "[model] R,G,B standard deviation, likewise");
ABSL_FLAG(std::string, data_path, "",
          "[data] folder of CIFAR-10 binary files; unset: the embedded sample");
ABSL_FLAG(int, limit, 0, "[data] test images to use, the first ones; 0: all");
ABSL_FLAG(int, calibration_images, 512,
          "[calibration] training images to calibrate a float model on");
ABSL_FLAG(uint64_t, calibration_seed, 0,
          "[calibration] draws those images; 0: the first ones");
ABSL_FLAG(std::string, calibration, "mse",
          "[calibration] how ranges are found: minmax (the extremes), "
          "percentile, mse (least squared error) or kl (least divergence)");
ABSL_FLAG(double, calibration_percentile, 99.999,
          "[calibration] percent of the elements that --calibration=percentile "
          "leaves inside the range");
ABSL_FLAG(bool, equalize, false,
          "[calibration] first balance the weights of neighbouring layers");
ABSL_FLAG(bool, correct_bias, true,
          "[calibration] take what rounding the weights adds to the mean of "
          "each channel off its bias");
ABSL_FLAG(std::string, rounding, "outputs",
          "[calibration] of weights: nearest, or outputs: up or down, so that "
          "what a layer computes on those images changes least");
ABSL_FLAG(std::string, dialect, "fused",
          "[calibration] fused: an Add rounds once; ort: also its terms and "
          "the mean over the map are stored in 8 bits, which ONNX Runtime "
          "needs");
ABSL_FLAG(std::string, isa, "",
          "[engine] instruction set of the integer kernels: auto, reference, "
          "portable, avx2, avxvnni, avx512vnni or amx; unset: LOCKSTEP_ISA, "
          "else auto");
ABSL_FLAG(int, threads, 0, "[engine] threads; 0: one a usable core");

namespace lockstep::quant {
namespace {

// Of float runs at load; no result depends on it.
constexpr size_t kBatch = 8;

CalibrationOptions CalibrationFromFlags() {
  return {absl::GetFlag(FLAGS_calibration),
          absl::GetFlag(FLAGS_calibration_percentile)};
}

QuantizeOptions OptionsFromFlags() {
  return {
      CalibrationFromFlags(),
      absl::GetFlag(FLAGS_calibration_seed),
      absl::GetFlag(FLAGS_equalize),
      absl::GetFlag(FLAGS_correct_bias),
      absl::GetFlag(FLAGS_rounding) == "outputs",
      absl::GetFlag(FLAGS_dialect) == "ort" ? Dialect::kOrt : Dialect::kFused};
}

std::string CalibrationText(const QuantizeOptions& options, size_t images) {
  const std::string which =
      options.seed == 0 ? absl::StrCat("the first ", images)
                        : absl::StrCat(images, " (seed ", options.seed, ")");
  return absl::StrCat(
      "calibration: ", options.calibration.method, " over ", which,
      " training images, no augmentation",
      options.equalize ? ", weights equalised" : "",
      options.correct_bias ? ", biases corrected" : "",
      options.round_for_outputs ? ", weights rounded for the outputs" : "");
}

// How a net that is quantised already was calibrated, if its file says.
std::string RecordedText(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find(kCalibrationKey);
  if (found == metadata.end()) return "calibration: the file does not say";
  const auto record = ReadCalibrationRecord(found->second);
  if (!record.ok()) return "calibration: the file's record cannot be read";
  return absl::StrCat(
      CalibrationText({record->options, record->seed, record->equalized,
                       record->bias_corrected, record->rounded_for_outputs},
                      record->images),
      " (the file says)");
}

// Makes the integer net of what `model` says.
absl::Status MakeNet(OnnxModel model, NetInputs& inputs) {
  const auto choice = ChooseNormalization(
      model.metadata, absl::GetFlag(FLAGS_mean), absl::GetFlag(FLAGS_std));
  if (!choice.ok()) return choice.status();
  inputs.normalization_source = choice->source;
  inputs.skipped_output = model.skipped_output;
  inputs.net.normalization = choice->normalization;
  if (!model.quantized) {
    inputs.float_model = std::move(model.graph);
    auto net = Requantize(inputs, inputs.options.seed);
    if (!net.ok()) return net.status();
    inputs.net = *std::move(net);
    return absl::OkStatus();
  }
  FillInputCodes(choice->normalization, *model.quantized);
  auto integer = BuildIntegerGraph(*model.quantized);
  if (!integer.ok()) return integer.status();
  inputs.net.kind = ModelKind::kQdq;
  inputs.net.folded = model.quantized->graph;
  inputs.net.quantized = *std::move(model.quantized);
  inputs.net.integer = *std::move(integer);
  inputs.net.metadata = std::move(model.metadata);
  inputs.calibration = RecordedText(inputs.net.metadata);
  return absl::OkStatus();
}

absl::Status ReadNet(NetInputs& inputs) {
  if (absl::EndsWith(inputs.model, ".lsq")) {
    auto file = LoadNet(inputs.model);
    if (!file.ok()) return file.status();
    inputs.net.kind = ModelKind::kIntegers;
    inputs.net.integer = std::move(file->graph);
    inputs.net.metadata = std::move(file->metadata);
    inputs.calibration = RecordedText(inputs.net.metadata);
    return absl::OkStatus();
  }
  auto model = ReadOnnxFile(inputs.model);
  if (!model.ok()) return model.status();
  const absl::Status status = MakeNet(*std::move(model), inputs);
  if (status.ok() || absl::StartsWith(status.message(), inputs.data))
    return status;
  return absl::Status(status.code(),
                      absl::StrCat(inputs.model, ": ", status.message()));
}

}  // namespace

absl::Status CheckNetFlags(const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument '", arguments[0], "'"));
  if (absl::GetFlag(FLAGS_model).empty())
    return absl::InvalidArgumentError(
        "--model=FILE is needed; //train:ddp --output_dir writes an ONNX one");
  absl::Status status = CheckCalibrationOptions(CalibrationFromFlags());
  if (status.ok())
    status =
        CheckOneOf("dialect", absl::GetFlag(FLAGS_dialect), {"fused", "ort"});
  if (status.ok())
    status = CheckOneOf("rounding", absl::GetFlag(FLAGS_rounding),
                        {"nearest", "outputs"});
  if (status.ok())
    status = CheckRange("calibration_images",
                        absl::GetFlag(FLAGS_calibration_images), 1, 50000);
  if (status.ok())
    status = CheckRange("limit", absl::GetFlag(FLAGS_limit), 0, 10000000);
  if (status.ok())
    status = CheckRange("threads", absl::GetFlag(FLAGS_threads), 0, 1024);
  return status;
}

absl::StatusOr<NetInputs> ReadNetInputs() {
  NetInputs inputs;
  auto engine = ChooseEngine(absl::GetFlag(FLAGS_isa), ThisCpu());
  if (!engine.ok()) return engine.status();
  inputs.engine = *std::move(engine);
  const int threads = absl::GetFlag(FLAGS_threads);
  inputs.threads = threads == 0 ? UsableCores() : threads;
  inputs.options = OptionsFromFlags();
  inputs.model = ResolveUserPath(absl::GetFlag(FLAGS_model));
  const std::string path = absl::GetFlag(FLAGS_data_path);
  inputs.data = path.empty() ? SampleDataPath() : ResolveUserPath(path);
  const int limit = absl::GetFlag(FLAGS_limit);
  auto test =
      ReadCifar10(inputs.data, Split::kTest, limit == 0 ? kAllImages : limit);
  if (!test.ok()) return test.status();
  inputs.test = *std::move(test);
  const absl::Status status = ReadNet(inputs);
  if (!status.ok()) return status;
  return inputs;
}

absl::StatusOr<QuantizedNet> Requantize(NetInputs& inputs, uint64_t seed) {
  const auto images = ReadCalibrationImages(
      inputs.data, absl::GetFlag(FLAGS_calibration_images), seed);
  if (!images.ok()) return images.status();
  QuantizeOptions options = inputs.options;
  options.seed = seed;
  inputs.calibration = CalibrationText(inputs.options, images->images.size());
  return QuantizeNet(*inputs.float_model, inputs.net.normalization, *images,
                     options, {inputs.threads, kBatch});
}

}  // namespace lockstep::quant
