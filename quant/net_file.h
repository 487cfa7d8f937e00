// The integer net in one file (.lsq): what runs, without the float net, images
// or calibration that it came from.
//
//   bytes
//   0..7       "LSQNET\r\n"
//   8..11      version, 1
//   12..15     CRC-32C of all bytes from 16 on
//   16..23     size of the description
//   24..31     where the weights begin, a multiple of 64
//   32..39     size of the file
//   40..63     0
//   64..       NetDescription (net_file.proto), zeros up to the weights
//   weights    s8, as in integer_graph.h, each layer's at a multiple of 64
//
// Integers are little-endian. Weights can be used where the file is mapped. The
// form is that of every CPU; kernels pack weights when a net is made ready
// (packed_net.h).

#ifndef LOCKSTEP_QUANT_NET_FILE_H_
#define LOCKSTEP_QUANT_NET_FILE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quant/integer_graph.h"

namespace lockstep::quant {

struct NetFile {
  IntegerGraph graph;
  std::map<std::string, std::string> metadata;
};

// The file's bytes. `graph` must pass CheckIntegerGraph.
std::string EncodeNet(const NetFile& net);

// DataLoss for what is not such a file, cut short or damaged, or describes more
// than a net of 10,000 layers or more weights than it has; Unimplemented for a
// later version; CheckIntegerGraph's errors for a net that cannot run.
absl::StatusOr<NetFile> DecodeNet(absl::string_view bytes);

// DecodeNet of a file of up to 128 MiB, whose path errors begin with.
absl::StatusOr<NetFile> LoadNet(const std::string& path);

// Whether the bytes begin like such a file.
bool IsNetFile(absl::string_view bytes);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_NET_FILE_H_
