#include "quant/verify.h"

#include <algorithm>
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

// What the reference engine makes of some images.
struct Expected {
  std::vector<IntegerTensor> values;
  std::vector<int32_t> logits;
  size_t elements = 0;  // of all values
};

Expected RunReference(const IntegerGraph& graph, const ImageSet& test,
                      size_t images) {
  Expected expected;
  expected.values.resize(graph.shapes.size());
  expected.logits.resize(images * graph.shapes[graph.output()].size());
  ReferenceEngine(graph).Run(test.image(0), images, expected.logits.data(),
                             [&](int value, const IntegerTensor& tensor) {
                               expected.values[value] = tensor;
                             });
  for (const IntegerTensor& value : expected.values)
    expected.elements += value.u8.size() + value.i32.size();
  return expected;
}

absl::Status Differs(const Isa& isa, const std::string& what) {
  return absl::InternalError(absl::StrCat(
      isa.name, " differs from the reference in ", what,
      ": please report it with the model; --isa=reference is right"));
}

// The name of the layer that makes `value`.
std::string NameOf(const IntegerGraph& graph, int value) {
  return value == 0 ? "the pixels"
                    : absl::StrCat("layer ", graph.layers[value - 1].name);
}

absl::Status CompareValues(const PackedNet& net, const ImageSet& test,
                           size_t images, const Expected& expected) {
  Session session(net, {1, images});
  std::vector<int32_t> logits(expected.logits.size());
  absl::Status status;
  session.RunObserved(
      test.image(0), images, logits.data(),
      [&](int value, const IntegerTensor& tensor) {
        const IntegerTensor& right = expected.values[value];
        if (status.ok() && (tensor.u8 != right.u8 || tensor.i32 != right.i32))
          status = Differs(net.isa(), NameOf(net.graph(), value));
      });
  return status;
}

absl::Status CompareSimulator(const IntegerGraph& graph, const ImageSet& test,
                              const Expected& expected) {
  const size_t classes = graph.shapes[graph.output()].size();
  std::vector<double> logits(expected.logits.size());
  Simulator(graph).Run(test.image(0), logits.size() / classes, logits.data());
  if (std::equal(logits.begin(), logits.end(), expected.logits.begin()))
    return absl::OkStatus();
  return absl::InternalError(
      "the simulator's logits differ from the reference's: please report it "
      "with the model");
}

absl::Status CompareLogits(const PackedNet& net, const ImageSet& test,
                           size_t images, const Parallelism& parallelism,
                           size_t call, const Expected& expected) {
  Session session(net, parallelism);
  std::vector<int32_t> logits(expected.logits.size());
  const size_t classes = logits.size() / images;
  for (size_t done = 0; done < images; done += call)
    session.Run(test.image(done), std::min(call, images - done),
                &logits[done * classes]);
  if (logits == expected.logits) return absl::OkStatus();
  return Differs(net.isa(),
                 absl::StrCat("logits with ", parallelism.threads,
                              " threads and batches of ", parallelism.batch));
}

absl::Status VerifyIsa(const IntegerGraph& graph, const Isa& isa,
                       const ImageSet& test, size_t images,
                       const Expected& expected) {
  // Kernels differ between small and large batches.
  for (const size_t batch : {size_t{1}, images}) {
    const PackedNet net(graph, isa, batch);
    absl::Status status = CompareValues(net, test, images, expected);
    if (status.ok())
      status = CompareLogits(net, test, images, {3, 5}, images, expected);
    if (status.ok())
      status = CompareLogits(net, test, images, {2, 1}, 1, expected);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> VerifyIsas(const IntegerGraph& graph,
                                       const ImageSet& test, size_t images,
                                       const CpuFeatures& cpu) {
  images = std::min(images, test.size());
  Progress progress("verify", "engines", Isas().size() + 1);
  const Expected expected = RunReference(graph, test, images);
  progress.Update(1);
  const absl::Status status = CompareSimulator(graph, test, expected);
  if (!status.ok()) return status;
  std::string lines = absl::StrCat("- simulator: all logits of ", images,
                                   " images equal the reference engine's\n");
  for (const Isa& isa : Isas()) {
    if (!isa.supported(cpu)) continue;
    const absl::Status status = VerifyIsa(graph, isa, test, images, expected);
    if (!status.ok()) return status;
    absl::StrAppend(&lines, "- ", isa.name, ": all ", expected.elements,
                    " values of ", images,
                    " images equal the reference engine's\n");
    progress.Update(&isa - Isas().data() + 2);
  }
  return lines;
}

}  // namespace lockstep::quant
