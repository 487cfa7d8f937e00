// quant:bench: images per second of the integer engine.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "data/cifar10.h"
#include "data/sample_path.h"
#include "quant/bench_report.h"
#include "quant/bench_timing.h"
#include "quant/cpu.h"
#include "quant/engine.h"
#include "quant/layer_profile.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "quant/packed_net.h"
#include "quant/peak.h"
#include "quant/quantize_net.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"

ABSL_FLAG(std::string, model, "", "[model] float ONNX file to quantise");
ABSL_FLAG(std::string, data_path, "",
          "[data] folder of CIFAR-10 binary files; unset: the embedded sample");
ABSL_FLAG(int, limit, 0, "[data] test images to use, the first ones; 0: all");
ABSL_FLAG(int, calibration_images, 512,
          "[data] training images to calibrate on, the first ones");
ABSL_FLAG(std::string, isa, "", "[engine] instruction set, as in //quant:eval");
ABSL_FLAG(int, threads, 0, "[engine] threads; 0: one a usable core");
ABSL_FLAG(std::string, batch_size, "1,16,64",
          "[engine] images a thread works on at once; several are timed one "
          "after the other. 1 times latency: the threads share each image");
ABSL_FLAG(double, seconds, 0.5, "[timing] length of a sample, about");
ABSL_FLAG(int, repeats, 5, "[timing] samples of each batch size");
ABSL_FLAG(bool, explain, false,
          "[output] say which kernel runs each layer, how long it takes where "
          "it stands, and what limits it");
ABSL_FLAG(std::string, json, "",
          "[output] file for the same numbers as JSON; unset: none");
ABSL_FLAG(std::string, logits, "",
          "[output] file for the logits of the test images, float32 "
          "little-endian [images][10]; unset: none");

namespace lockstep::quant {
namespace {

constexpr int kLargestBatch = 4096;

// What the flags name.
struct Inputs {
  std::string model;
  EngineChoice engine;
  std::vector<size_t> batches;
  int threads = 1;
  ImageSet test;
  QuantizedNet net;
};

absl::Status CheckFlags(const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument '", arguments[0], "'"));
  if (absl::GetFlag(FLAGS_model).empty())
    return absl::InvalidArgumentError(
        "--model=FILE.onnx is needed; //train:ddp --output_dir writes one");
  absl::Status status = CheckRange(
      "calibration_images", absl::GetFlag(FLAGS_calibration_images), 1, 50000);
  if (status.ok())
    status = CheckRange("limit", absl::GetFlag(FLAGS_limit), 0, 10000000);
  if (status.ok())
    status = CheckRange("threads", absl::GetFlag(FLAGS_threads), 0, 1024);
  if (status.ok())
    status = CheckRange("seconds", absl::GetFlag(FLAGS_seconds), 1e-3, 3600);
  if (status.ok())
    status = CheckRange("repeats", absl::GetFlag(FLAGS_repeats), 1, 10000);
  return status;
}

// "1,16,64".
absl::StatusOr<std::vector<size_t>> ParseBatches(const std::string& text) {
  std::vector<size_t> batches;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    int batch = 0;
    if (!absl::SimpleAtoi(part, &batch) || batch < 1 || batch > kLargestBatch)
      return absl::InvalidArgumentError(
          absl::StrCat("illegal value '", text,
                       "' for --batch_size: expected numbers from "
                       "1 to ",
                       kLargestBatch, ", with commas between"));
    batches.push_back(batch);
  }
  return batches;
}

absl::StatusOr<QuantizedNet> ReadNet(const std::string& path,
                                     const std::string& data, int threads) {
  const auto model = ReadOnnxFile(path);
  if (!model.ok()) return model.status();
  const auto choice = ChooseNormalization(model->metadata, "", "");
  if (!choice.ok()) return choice.status();
  const auto calibration =
      ReadCifar10(data, Split::kTrain, absl::GetFlag(FLAGS_calibration_images));
  if (!calibration.ok()) return calibration.status();
  auto net = QuantizeNet(model->graph, choice->normalization, *calibration,
                         {threads, 8});
  if (net.ok()) return net;
  return absl::Status(net.status().code(),
                      absl::StrCat(path, ": ", net.status().message()));
}

absl::StatusOr<Inputs> ReadInputs() {
  Inputs inputs;
  const auto engine = ChooseEngine(absl::GetFlag(FLAGS_isa), ThisCpu());
  if (!engine.ok()) return engine.status();
  inputs.engine = *engine;
  auto batches = ParseBatches(absl::GetFlag(FLAGS_batch_size));
  if (!batches.ok()) return batches.status();
  inputs.batches = *std::move(batches);
  const int threads = absl::GetFlag(FLAGS_threads);
  inputs.threads = threads == 0 ? UsableCores() : threads;
  const std::string path = absl::GetFlag(FLAGS_data_path);
  const std::string data =
      path.empty() ? SampleDataPath() : ResolveUserPath(path);
  const int limit = absl::GetFlag(FLAGS_limit);
  auto test = ReadCifar10(data, Split::kTest, limit == 0 ? kAllImages : limit);
  if (!test.ok()) return test.status();
  inputs.test = *std::move(test);
  inputs.model = ResolveUserPath(absl::GetFlag(FLAGS_model));
  auto net = ReadNet(inputs.model, data, inputs.threads);
  if (!net.ok()) return net.status();
  inputs.net = *std::move(net);
  return inputs;
}

// The pixels of `count` images, over and over those of `set`.
std::vector<uint8_t> Repeated(const ImageSet& set, size_t count) {
  std::vector<uint8_t> pixels;
  for (size_t i = 0; i < count; ++i)
    pixels.insert(pixels.end(), set.image(i % set.size()),
                  set.image(i % set.size()) + kCifarPixels);
  return pixels;
}

// Times one batch size. A call of the work is a batch for each thread, so that
// no thread is idle at a sample's end; of batch 1 it is an image for all.
BenchCell Time(const Inputs& inputs, size_t batch, const Sampling& sampling) {
  const auto engine =
      MakeEngine(inputs.net.integer, inputs.engine, {inputs.threads, batch});
  const size_t images = batch == 1 ? 1 : batch * inputs.threads;
  const ImageSet& test = inputs.test;
  const size_t slots = std::max<size_t>(test.size() / images, 1);
  const std::vector<uint8_t> pixels = Repeated(test, slots * images);
  std::vector<int32_t> logits(images * kCifarClasses);
  size_t call = 0;
  Rates rates = MeasureRates(
      [&](size_t calls) {
        for (const size_t end = call + calls; call < end; ++call)
          engine->Run(&pixels[call % slots * images * kCifarPixels], images,
                      logits.data());
      },
      sampling);
  for (double& rate : rates.samples) rate *= images;
  return {batch, rates};
}

// The logits of all test images, if they are asked for.
absl::Status WriteLogits(const Inputs& inputs) {
  const std::string path = ResolveUserPath(absl::GetFlag(FLAGS_logits));
  if (path.empty()) return absl::OkStatus();
  std::vector<int32_t> logits(inputs.test.size() * kCifarClasses);
  MakeEngine(inputs.net.integer, inputs.engine,
             {inputs.threads, inputs.batches[0]})
      ->Run(inputs.test.image(0), inputs.test.size(), logits.data());
  std::vector<float> real;
  for (const int32_t logit : logits)
    real.push_back(inputs.net.integer.logit_scale * logit);
  return WriteFileAtomically(path, {reinterpret_cast<const char*>(real.data()),
                                    real.size() * sizeof(float)});
}

// The layers of each batch size; none for the reference engine, which has no
// kernels.
std::vector<NetProfile> Profile(const Inputs& inputs) {
  std::vector<NetProfile> profiles;
  if (inputs.engine.isa == nullptr) return profiles;
  const Peak peak = MeasurePeak(*inputs.engine.isa);
  for (const size_t batch : inputs.batches) {
    const PackedNet net(inputs.net.integer, *inputs.engine.isa, batch);
    profiles.push_back(ProfileLayers(net, peak,
                                     Repeated(inputs.test, batch).data(), batch,
                                     absl::GetFlag(FLAGS_seconds)));
  }
  return profiles;
}

absl::Status Bench(const std::vector<std::string>& arguments) {
  absl::Status status = CheckFlags(arguments);
  if (!status.ok()) return status;
  const auto inputs = ReadInputs();
  if (!inputs.ok()) return inputs.status();
  status = WriteLogits(*inputs);
  if (!status.ok()) return status;
  const BenchContext context = {
      inputs->model,
      inputs->engine.name,
      inputs->engine.description,
      CpuName(),
      inputs->threads,
      {absl::GetFlag(FLAGS_seconds), absl::GetFlag(FLAGS_repeats)},
      CountMacs(inputs->net.folded)};
  std::vector<BenchCell> cells;
  for (const size_t batch : inputs->batches)
    cells.push_back(Time(*inputs, batch, context.sampling));
  std::fputs(BenchTable(cells, context).c_str(), stdout);
  const bool explain = absl::GetFlag(FLAGS_explain);
  const auto profiles = explain ? Profile(*inputs) : std::vector<NetProfile>();
  for (const NetProfile& profile : profiles)
    std::fputs(LayerTable(profile).c_str(), stdout);
  const std::string json = ResolveUserPath(absl::GetFlag(FLAGS_json));
  if (json.empty()) return absl::OkStatus();
  return WriteFileAtomically(json, BenchJson(cells, context, profiles));
}

}  // namespace
}  // namespace lockstep::quant

int main(int argc, char** argv) {
  return lockstep::RunMain(argc, argv,
                           "times the integer engine on a float ONNX model",
                           lockstep::quant::Bench);
}
