// Tests only: what the run record says of one measured step. No torch, so that
// tests which see it need no protobuf.

#ifndef LOCKSTEP_TRAIN_TESTING_RECORD_FIGURES_H_
#define LOCKSTEP_TRAIN_TESTING_RECORD_FIGURES_H_

#include <string>
#include <vector>

#include "train/step_timing.h"

namespace lockstep {

// Milliseconds, as docs/metrics.md defines them.
struct RankFigures {
  double exposed_ms = 0, busy_ms = 0, service_ms = 0, peer_wait_ms = 0;
};

struct RecordFigures {
  std::vector<RankFigures> ranks;
  double transfer_ms = 0;
};

// Records one step of every rank, all with the same number of buckets, at
// `path`, which must not exist, and reads the epoch back. A failure ends the
// test program.
RecordFigures FiguresInRecord(const std::vector<StepTiming>& ranks,
                              const std::string& path);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TESTING_RECORD_FIGURES_H_
