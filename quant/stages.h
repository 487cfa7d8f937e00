// What each step of quantisation costs, and each layer of it.

#ifndef LOCKSTEP_QUANT_STAGES_H_
#define LOCKSTEP_QUANT_STAGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "quant/evaluate.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"
#include "quant/report_data.h"

namespace lockstep::quant {

// The net with more and more of it rounded: fp32, then int8 weights, then also
// int8 activations, then also int32 biases, all in floats, and last the integer
// engine, whose logits `evaluation` has. With layers in `weights_only`, a row
// more: everything rounded but what these store. `net` has a float form.
// InvalidArgument names a layer that the net does not have.
absl::StatusOr<std::vector<StageRow>> RunStages(
    const QuantizedNet& net, const ImageSet& test, const Evaluation& evaluation,
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
