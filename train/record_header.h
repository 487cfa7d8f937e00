// The first message of a run record. Sees protobuf, so never torch.

#ifndef LOCKSTEP_TRAIN_RECORD_HEADER_H_
#define LOCKSTEP_TRAIN_RECORD_HEADER_H_

#include "proto/run_record.pb.h"
#include "train/launch/launch.h"
#include "train/options.h"
#include "train/run_facts.h"

namespace lockstep {

// The header of a run that starts now, with a run id that no other run has.
Header MakeHeader(const TrainOptions& options, const LaunchInfo& launch,
                  const RunFacts& facts);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_RECORD_HEADER_H_
