#include "quant/verify.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quant/kernels/isa.h"
#include "quant/packed_net.h"
#include "quant/reference_engine.h"
#include "quant/session.h"
#include "quant/simulator.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

// Images that the reference's values are kept of at a time.
constexpr size_t kChunk = 32;

// What the reference engine makes of some images.
struct Expected {
  ImageSet images;
  std::vector<IntegerTensor> values;
  std::vector<int32_t> logits;
  size_t elements = 0;  // of all values
};

Expected RunReference(const IntegerGraph& graph, ImageSet images) {
  Expected expected;
  expected.values.resize(graph.shapes.size());
  expected.logits.resize(images.size() * graph.shapes[graph.output()].size());
  ReferenceEngine(graph).Run(images.image(0), images.size(),
                             expected.logits.data(),
                             [&](int value, const IntegerTensor& tensor) {
                               expected.values[value] = tensor;
                             });
  for (const IntegerTensor& value : expected.values)
    expected.elements += value.u8.size() + value.i32.size();
  expected.images = std::move(images);
  return expected;
}

absl::Status Differs(absl::string_view engine, const std::string& what) {
  return absl::InternalError(absl::StrCat(
      engine, " differs from the reference in ", what,
      ": please report it with the model; --isa=reference is right"));
}

// The name of the layer that makes `value`.
std::string NameOf(const IntegerGraph& graph, int value) {
  return value == 0 ? "the pixels"
                    : absl::StrCat("layer ", graph.layers[value - 1].name);
}

absl::Status CompareValues(const PackedNet& net, const Expected& expected) {
  const size_t images = expected.images.size();
  Session session(net, {1, images});
  std::vector<int32_t> logits(expected.logits.size());
  absl::Status status;
  session.RunObserved(
      expected.images.image(0), images, logits.data(),
      [&](int value, const IntegerTensor& tensor) {
        const IntegerTensor& right = expected.values[value];
        if (status.ok() && (tensor.u8 != right.u8 || tensor.i32 != right.i32))
          status = Differs(net.isa().name, NameOf(net.graph(), value));
      });
  return status;
}

// In calls of `call` images.
absl::Status CompareLogits(const PackedNet& net, const Parallelism& parallelism,
                           size_t call, const Expected& expected) {
  Session session(net, parallelism);
  const size_t images = expected.images.size();
  std::vector<int32_t> logits(expected.logits.size());
  const size_t classes = logits.size() / images;
  for (size_t done = 0; done < images; done += call)
    session.Run(expected.images.image(done), std::min(call, images - done),
                &logits[done * classes]);
  if (logits == expected.logits) return absl::OkStatus();
  return Differs(net.isa().name,
                 absl::StrCat("logits with ", parallelism.threads,
                              " threads and batches of ", parallelism.batch));
}

absl::Status CompareSimulator(const Simulator& simulator,
                              const Expected& expected) {
  std::vector<double> logits(expected.logits.size());
  simulator.Run(expected.images.image(0), expected.images.size(),
                logits.data());
  if (std::equal(logits.begin(), logits.end(), expected.logits.begin()))
    return absl::OkStatus();
  return Differs("the simulator", "logits");
}

absl::Status VerifyNet(const PackedNet& net, const Expected& expected) {
  absl::Status status = CompareValues(net, expected);
  if (status.ok())
    status = CompareLogits(net, {3, 5}, expected.images.size(), expected);
  if (status.ok()) status = CompareLogits(net, {2, 1}, 1, expected);
  return status;
}

// Kernels differ between small and large batches.
std::vector<std::unique_ptr<PackedNet>> PackAll(const IntegerGraph& graph,
                                                const CpuFeatures& cpu) {
  std::vector<std::unique_ptr<PackedNet>> nets;
  for (const Isa& isa : Isas())
    for (const size_t batch : {size_t{1}, kChunk})
      if (isa.supported(cpu))
        nets.push_back(std::make_unique<PackedNet>(graph, isa, batch));
  return nets;
}

std::string Lines(const std::vector<std::unique_ptr<PackedNet>>& nets,
                  size_t images, size_t elements) {
  std::string lines = absl::StrCat("- simulator: all logits of ", images,
                                   " images equal the reference engine's\n");
  for (size_t i = 0; i < nets.size(); i += 2)
    absl::StrAppend(&lines, "- ", nets[i]->isa().name, ": all ", elements,
                    " values of ", images,
                    " images equal the reference engine's\n");
  return lines;
}

}  // namespace

absl::StatusOr<std::string> VerifyIsas(const IntegerGraph& graph,
                                       const ImageSet& test, size_t images,
                                       const CpuFeatures& cpu) {
  images = std::min(images, test.size());
  Progress progress("verify", "images", images);
  const auto nets = PackAll(graph, cpu);
  const Simulator simulator(graph);
  size_t elements = 0;
  for (size_t done = 0; done < images; progress.Update(done)) {
    const size_t count = std::min(kChunk, images - done);
    const Expected expected =
        RunReference(graph, SomeImages(test, done, count));
    absl::Status status = CompareSimulator(simulator, expected);
    for (const auto& net : nets)
      if (status.ok()) status = VerifyNet(*net, expected);
    if (!status.ok()) return status;
    elements += expected.elements;
    done += count;
  }
  return Lines(nets, images, elements);
}

}  // namespace lockstep::quant
