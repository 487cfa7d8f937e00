// model.onnx of a trained net, checked.

#ifndef LOCKSTEP_TRAIN_MODEL_FILE_H_
#define LOCKSTEP_TRAIN_MODEL_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "data/cifar10.h"
#include "train/model/net.h"

namespace lockstep {

// Writes `net` to `path` as ONNX, loads it back and compares the logits of the
// first image of `images`, which must be the same bits. Internal if not.
absl::Status ExportChecked(Net& net, const std::string& path,
                           const ImageSet& images);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_MODEL_FILE_H_
