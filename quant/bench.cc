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
#include "quant/bench_report.h"
#include "quant/bench_timing.h"
#include "quant/engine.h"
#include "quant/layer_profile.h"
#include "quant/net_flags.h"
#include "quant/packed_net.h"
#include "quant/peak.h"
#include "quant/run_memory.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"

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
struct Inputs : NetInputs {
  std::vector<size_t> batches;
};

absl::Status CheckFlags(const std::vector<std::string>& arguments) {
  absl::Status status = CheckNetFlags(arguments);
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

// A batch that takes more memory than a machine may have is refused, for its
// time would be that of another batch.
absl::Status CheckMemory(const Inputs& inputs) {
  for (const size_t batch : inputs.batches)
    if (FittingParallelism({inputs.threads, batch},
                           IntegerRunBytes(inputs.net.integer))
            .batch < batch)
      return absl::InvalidArgumentError(
          absl::StrCat("--batch_size=", batch, " with ", inputs.threads,
                       " threads takes more than ", kRunBudget >> 20,
                       " MiB for this net: use a smaller one"));
  return absl::OkStatus();
}

absl::StatusOr<Inputs> ReadInputs() {
  auto batches = ParseBatches(absl::GetFlag(FLAGS_batch_size));
  if (!batches.ok()) return batches.status();
  auto net = ReadNetInputs();
  if (!net.ok()) return net.status();
  Inputs inputs = {*std::move(net), *std::move(batches)};
  const absl::Status status = CheckMemory(inputs);
  if (!status.ok()) return status;
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
  const std::vector<float> real = RealLogits(inputs.net.integer, logits);
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
      CountMacs(inputs->net.integer)};
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
  return lockstep::RunMain(argc, argv, "times the integer engine on a net",
                           lockstep::quant::Bench);
}
