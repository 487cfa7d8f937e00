// quant:eval: quantises a float ONNX model and says what that costs.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "data/cifar10.h"
#include "data/sample_path.h"
#include "quant/cpu.h"
#include "quant/engine.h"
#include "quant/evaluate.h"
#include "quant/float_engine.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "quant/qdq_export.h"
#include "quant/quantize_net.h"
#include "quant/report.h"
#include "quant/verify.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"

ABSL_FLAG(std::string, model, "", "[model] float ONNX file to quantise");
ABSL_FLAG(std::string, mean, "",
          "[model] R,G,B mean of pixels in 0..1, if the model's metadata does "
          "not say; else CIFAR-10's");
ABSL_FLAG(std::string, std, "", "[model] R,G,B standard deviation, likewise");
ABSL_FLAG(std::string, data_path, "",
          "[data] folder of CIFAR-10 binary files; unset: the embedded sample");
ABSL_FLAG(int, limit, 0, "[data] test images to use, the first ones; 0: all");
ABSL_FLAG(int, calibration_images, 512,
          "[calibration] training images to calibrate on, the first ones");
ABSL_FLAG(std::string, calibration, "minmax",
          "[calibration] how ranges are found: minmax");
ABSL_FLAG(std::string, isa, "",
          "[engine] instruction set of the integer kernels: auto, reference, "
          "portable, avx2, avxvnni, avx512vnni or amx; unset: LOCKSTEP_ISA, "
          "else auto");
ABSL_FLAG(int, threads, 0, "[engine] threads; 0: one a usable core");
ABSL_FLAG(int, batch_size, 8,
          "[engine] images a thread works on at once; changes no result");
ABSL_FLAG(int, verify, 0,
          "[engine] first compare every value of this many test images on "
          "every instruction set with the reference engine; 0: none");
ABSL_FLAG(std::string, output_dir, "",
          "[output] folder for quant.md, this report; unset: only printed");
ABSL_FLAG(
    std::string, write_qdq, "",
    "[output] file for the quantised net as a QDQ ONNX model, which other "
    "engines read; unset: none");

namespace lockstep::quant {
namespace {

absl::Status CheckFlags(const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument '", arguments[0], "'"));
  if (absl::GetFlag(FLAGS_model).empty())
    return absl::InvalidArgumentError(
        "--model=FILE.onnx is needed; //train:ddp --output_dir writes one");
  absl::Status status =
      CheckOneOf("calibration", absl::GetFlag(FLAGS_calibration), {"minmax"});
  if (status.ok())
    status = CheckRange("calibration_images",
                        absl::GetFlag(FLAGS_calibration_images), 1, 50000);
  if (status.ok())
    status = CheckRange("limit", absl::GetFlag(FLAGS_limit), 0, 10000000);
  if (status.ok())
    status = CheckRange("verify", absl::GetFlag(FLAGS_verify), 0, 10000);
  if (status.ok())
    status = CheckRange("threads", absl::GetFlag(FLAGS_threads), 0, 1024);
  if (status.ok())
    status = CheckRange("batch_size", absl::GetFlag(FLAGS_batch_size), 1, 1024);
  return status;
}

std::string DataPath() {
  const std::string path = absl::GetFlag(FLAGS_data_path);
  return path.empty() ? SampleDataPath() : ResolveUserPath(path);
}

absl::StatusOr<ImageSet> ReadTest(const std::string& data) {
  const int limit = absl::GetFlag(FLAGS_limit);
  return ReadCifar10(data, Split::kTest, limit == 0 ? kAllImages : limit);
}

Parallelism ParallelismFromFlags() {
  const int threads = absl::GetFlag(FLAGS_threads);
  return {threads == 0 ? UsableCores() : threads,
          static_cast<size_t>(absl::GetFlag(FLAGS_batch_size))};
}

// Prints the report and writes it if asked for.
absl::Status Publish(const std::string& report) {
  std::fputs(report.c_str(), stdout);
  const std::string directory =
      ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  if (directory.empty()) return absl::OkStatus();
  return WriteFileAtomically(absl::StrCat(directory, "/quant.md"), report);
}

// Writes the QDQ model if it is asked for.
absl::Status WriteQdq(const QuantizedNet& net) {
  const std::string path = ResolveUserPath(absl::GetFlag(FLAGS_write_qdq));
  if (path.empty()) return absl::OkStatus();
  const auto model = QdqModel(net.quantized, {});
  if (!model.ok()) return model.status();
  return WriteFileAtomically(path, model->SerializeAsString());
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

absl::Status Eval(const std::vector<std::string>& arguments) {
  absl::Status status = CheckFlags(arguments);
  if (!status.ok()) return status;
  const auto engine = ChooseEngine(absl::GetFlag(FLAGS_isa), ThisCpu());
  if (!engine.ok()) return engine.status();
  const std::string path = ResolveUserPath(absl::GetFlag(FLAGS_model));
  const auto model = ReadOnnxFile(path);
  if (!model.ok()) return model.status();
  const auto choice = ChooseNormalization(
      model->metadata, absl::GetFlag(FLAGS_mean), absl::GetFlag(FLAGS_std));
  if (!choice.ok()) return choice.status();
  const std::string data = DataPath();
  const auto calibration =
      ReadCifar10(data, Split::kTrain, absl::GetFlag(FLAGS_calibration_images));
  if (!calibration.ok()) return calibration.status();
  const auto test = ReadTest(data);
  if (!test.ok()) return test.status();
  const std::string output = ResolveUserPath(absl::GetFlag(FLAGS_output_dir));
  if (!output.empty()) status = MakeWritableDirectory(output);
  if (!status.ok()) return status;
  const Parallelism parallelism = ParallelismFromFlags();
  const auto net = QuantizeNet(model->graph, choice->normalization,
                               *calibration, parallelism);
  if (!net.ok())
    return absl::Status(net.status().code(),
                        absl::StrCat(path, ": ", net.status().message()));
  status = Verify(net->integer, *test);
  if (!status.ok()) return status;
  status = WriteQdq(*net);
  if (!status.ok()) return status;
  const Evaluation evaluation = Evaluate(*net, *test, *engine, parallelism);
  return Publish(Report(
      evaluation,
      {path, data, absl::GetFlag(FLAGS_calibration), choice->source,
       choice->normalization, engine->name, engine->description,
       FloatKernelName(), CpuName(), parallelism.threads, parallelism.batch}));
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
