// A net's tensors as plain numbers: checksums and values for the ONNX file.

#ifndef LOCKSTEP_TRAIN_NET_VALUES_H_
#define LOCKSTEP_TRAIN_NET_VALUES_H_

#include <string>
#include <vector>

#include "train/model/net.h"
#include "train/onnx_export.h"

namespace lockstep {

// CRC32C over the tensors' elements, row-major and in order, as 8 hexadecimal
// digits. Equal on two ranks if and (but for 1 in 4e9) only if their tensors
// are bit-identical.
std::string Checksum(const std::vector<NamedTensor>& tensors);

// Of all parameters; running statistics of batch norms are none.
std::string ParameterChecksum(const Net& net);

// All parameters and running statistics, row-major by name.
NetValues ValuesOf(const Net& net);

// Overwrites the net's tensors with `values`, which must have all of them.
void SetValues(Net& net, const NetValues& values);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_NET_VALUES_H_
