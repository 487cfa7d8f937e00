// The lines and files that rank 0 leaves behind, apart from the record. No
// torch.

#ifndef LOCKSTEP_TRAIN_RUN_FILES_H_
#define LOCKSTEP_TRAIN_RUN_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "train/recorder.h"

namespace lockstep {

// "[MODEL] resnet18 | parameters=11173962 | total gradient size ~ 44.70 MB".
// 1 MB = 1e6 bytes.
std::string ModelLine(const std::string& model, int64_t parameters);

// "[TIME] epoch=1 | total_time_sec=... | compute_time_sec=... |
// exposed_comm_sec=...": definitions in docs/metrics.md.
std::string TimeLine(int epoch, const EpochTimes& times);

// "[EPOCH] 4 | loss=... | acc=... | test_loss=... | test_acc=...": training
// averages over all ranks; the test part only if it was evaluated.
std::string EpochLine(const EpochFacts& epoch);

// log.csv: a header line, then a line an epoch:
// epoch,tag,gpus,tr_loss,tr_acc,te_loss,te_acc,elapsed. `gpus` counts ranks,
// `elapsed` is training time in seconds without evaluation.
std::string CsvHeader();
std::string CsvLine(const std::string& tag, int world_size,
                    const EpochFacts& epoch);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_RUN_FILES_H_
