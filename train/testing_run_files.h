// Tests only: what a run of //train:ddp left in its --output_dir, and printed.

#ifndef LOCKSTEP_TRAIN_TESTING_RUN_FILES_H_
#define LOCKSTEP_TRAIN_TESTING_RUN_FILES_H_

#include <string>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep {

// "crc32c=9eb0ab46", of the trained parameters, in what the run printed; "none"
// if it ended before.
std::string Checksum(const std::string& out);

// log.csv without its last column, the time.
std::string LogOf(const std::string& folder);

// The messages of all records of a run, in order; those before the damage where
// one is cut off.
std::vector<Record> RecordsIn(const std::string& folder);

// The last message, if it is the run's end; else an empty one.
End EndOf(const std::string& folder);

// The paths of its complete checkpoints, oldest first.
std::vector<std::string> Checkpoints(const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TESTING_RUN_FILES_H_
