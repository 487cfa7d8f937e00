// What each step of quantisation costs, and each layer of it.

#ifndef LOCKSTEP_QUANT_STAGES_H_
#define LOCKSTEP_QUANT_STAGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "data/cifar10.h"
#include "quant/evaluate.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"
#include "quant/report_data.h"

namespace lockstep::quant {

// InvalidArgument names one of `layers` that is no convolution or matrix of
// `graph`, and those that are.
absl::Status CheckLayers(const QuantizedGraph& graph,
                         const std::vector<std::string>& layers);

// The net with more and more of it rounded: fp32, then int8 weights, then also
// int8 activations, then also int32 biases, all in floats, and last the integer
// engine, whose logits `evaluation` has. With layers in `weights_only`, a row
// more: everything rounded but what these store; they pass CheckLayers. `net`
// has a float form.
std::vector<StageRow> RunStages(const QuantizedNet& net, const ImageSet& test,
                                const Evaluation& evaluation,
                                const std::vector<std::string>& weights_only,
                                const Parallelism& parallelism);

// For each convolution and matrix: only its weights, its bias and the value
// that stores its result are rounded, the rest is fp32. Of the first `images`
// images, in the net's order.
std::vector<SensitivityRow> RankLayers(const QuantizedNet& net,
                                       const ImageSet& test, size_t images,
                                       const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_STAGES_H_
