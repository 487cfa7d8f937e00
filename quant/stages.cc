#include "quant/stages.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quant/fake_quant.h"
#include "quant/run_memory.h"

namespace lockstep::quant {
namespace {

// Float runs of a net with parts of it rounded, against fp32.
class Trials {
 public:
  Trials(const QuantizedNet& net, const ImageSet& test,
         const Parallelism& parallelism)
      : net_(net),
        test_(test),
        parallelism_(
            FittingParallelism(parallelism, FloatRunBytes(*net.folded))) {}

  std::vector<float> Run(const std::string& what,
                         const Rounded& rounded) const {
    return RunFakeQuant({net_, rounded}, test_, what, parallelism_);
  }

  // How `logits` compare with `fp32`.
  template <typename Row>
  Row Compare(const std::string& name, const std::vector<float>& fp32,
              const std::vector<float>& logits) const {
    return {name, CompareInPairs(test_.labels, Classes(fp32), Classes(logits)),
            ErrorDb(fp32, logits)};
  }

 private:
  const QuantizedNet& net_;
  const ImageSet& test_;
  const Parallelism parallelism_;
};

// The float value that convolution `name` makes, or -1.
int FindLayer(const QuantizedGraph& graph, const std::string& name) {
  for (int value : Convolutions(graph))
    if (graph.graph.nodes[value - 1].name == name) return value;
  return -1;
}

// Everything rounded but what `layers` store.
Rounded AllButActivationsOf(const QuantizedGraph& graph,
                            const std::vector<std::string>& layers) {
  Rounded rounded = RoundAll(graph);
  for (const std::string& name : layers) {
    const int stored = StoredAfter(graph, FindLayer(graph, name));
    if (stored >= 0) rounded.values[stored] = false;
  }
  return rounded;
}

}  // namespace

absl::Status CheckLayers(const QuantizedGraph& graph,
                         const std::vector<std::string>& layers) {
  std::vector<std::string> names;
  for (int value : Convolutions(graph))
    names.push_back(graph.graph.nodes[value - 1].name);
  for (const std::string& name : layers)
    if (FindLayer(graph, name) < 0)
      return absl::InvalidArgumentError(
          absl::StrCat("--weights_only: no layer '", name, "'; there are ",
                       absl::StrJoin(names, ", ")));
  return absl::OkStatus();
}

std::vector<StageRow> RunStages(const QuantizedNet& net, const ImageSet& test,
                                const Evaluation& evaluation,
                                const std::vector<std::string>& weights_only,
                                const Parallelism& parallelism) {
  const QuantizedGraph& graph = *net.quantized;
  const Trials trials(net, test, parallelism);
  const std::vector<float>& fp32 = evaluation.fp32_logits;
  std::vector<StageRow> rows;
  const auto add = [&](const std::string& name,
                       const std::vector<float>& logits) {
    rows.push_back(trials.Compare<StageRow>(name, fp32, logits));
  };
  add(evaluation.baseline, fp32);
  Rounded rounded = RoundNone(graph);
  if (net.kind == ModelKind::kFloat) {
    rounded.weights = RoundAll(graph).weights;
    add("int8 weights", trials.Run("int8 weights", rounded));
  }
  rounded.values = RoundAll(graph).values;
  add("+ int8 activations", trials.Run("+ int8 activations", rounded));
  add("+ int32 biases", trials.Run("+ int32 biases", RoundAll(graph)));
  add("integers only (the engine)", evaluation.int8_logits);
  if (!weights_only.empty())
    add(absl::StrCat("weights only: ", absl::StrJoin(weights_only, ", ")),
        trials.Run("weights only", AllButActivationsOf(graph, weights_only)));
  return rows;
}

std::vector<SensitivityRow> RankLayers(const QuantizedNet& net,
                                       const ImageSet& test, size_t images,
                                       const Parallelism& parallelism) {
  const QuantizedGraph& graph = *net.quantized;
  const ImageSet first = SomeImages(test, 0, images);
  const Trials trials(net, first, parallelism);
  const std::vector<float> fp32 = trials.Run("fp32", RoundNone(graph));
  std::vector<SensitivityRow> rows;
  for (int value : Convolutions(graph)) {
    Rounded rounded = RoundNone(graph);
    rounded.weights[value - 1] = rounded.biases[value - 1] = true;
    const int stored = StoredAfter(graph, value);
    if (stored >= 0) rounded.values[stored] = true;
    const std::string& name = graph.graph.nodes[value - 1].name;
    rows.push_back(trials.Compare<SensitivityRow>(
        name, fp32,
        trials.Run(absl::StrCat("sensitivity of ", name), rounded)));
  }
  return rows;
}

}  // namespace lockstep::quant
