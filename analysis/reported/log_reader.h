// Logs of other people's training programs as reported rows.
//
// Read line by line; a line that nobody knows is passed over. Known are
//   lab logs    [TIME] epoch=1 | total_time_sec=.. | compute_time_sec=..
//               [EPOCH] 4 | loss=.. | acc=..   (also what //train:ddp prints)
//               [Epoch 2/2] time=23.550s loss=1.4255 acc=0.4790
//               Epoch 2 full time (...): 23.550 s, compute-only time (...)
//   torch logs  Epoch: [1][ 10/391] Time .. Loss .. Acc@1 ..  (ImageNet
//   example)
//               * Acc@1 ..
//               Train Epoch: 1 [0/60000 (0%)] Loss: ..       (MNIST example)
//               Test set: Average loss: .., Accuracy: 9000/10000 (90%)
//               [GPU0] Epoch 3 | Batchsize: 32 | Steps: 391  (torchrun
//               tutorial)
//   CSV logs    a line an epoch: epoch,tag,gpus,tr_loss,tr_acc,..,elapsed
// behind any of torchrun's, Slurm's and mpirun's prefixes; of several ranks the
// lowest one's lines count. World size and batch are what the lines say; else
// the file's path: p4, gpus4, 4gpu, ws4, np4; b128, bs128, batch128 ('_' or '-'
// may stand before the number). Else they are left open, with a note.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_LOG_READER_H_
#define LOCKSTEP_ANALYSIS_REPORTED_LOG_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/reported/reported_table.h"

namespace lockstep::analysis {

// Whether a file that begins so has a line of one of the formats.
bool LooksLikeLog(absl::string_view begin);

// `source` is the file's path. InvalidArgument, one line with file and line: a
// known line with an impossible value, or no known line.
absl::StatusOr<ReportedTable> ReadLog(absl::string_view bytes,
                                      const std::string& source);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_LOG_READER_H_
