// What a net was calibrated with and what came of it: goes into every file that
// is made of the net, as JSON text under one key of its metadata.
//
//   {"version":1,"method":"percentile","percentile":99.999,"images":512,
//    "seed":0,"images_crc32c":305419896,"equalized":true,
//    "bias_corrected":true,"rounded_for_outputs":true,"mean":[...],"std":[...],
//    "ranges":[["input",-1.98,2.12],["Relu_2",0,5.25],...]}

#ifndef LOCKSTEP_QUANT_CALIBRATION_RECORD_H_
#define LOCKSTEP_QUANT_CALIBRATION_RECORD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/augment.h"
#include "quant/calibration_method.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

constexpr char kCalibrationKey[] = "lockstep.calibration";

struct NamedRange {
  std::string name;  // of the node that makes the value; "input" for value 0
  Range range;
};

struct CalibrationRecord {
  CalibrationOptions options;  // the percentile is written only if it is used
  uint64_t images = 0;
  uint64_t seed = 0;           // of the choice of images; 0: the first ones
  uint32_t images_crc32c = 0;  // of their pixels
  bool equalized = false;
  bool bias_corrected = false;
  bool rounded_for_outputs = false;  // else weights to the nearest
  Normalization normalization;
  std::vector<NamedRange> ranges;  // of the values in order
};

// The ranges of `graph`'s values with their names.
std::vector<NamedRange> NameRanges(const FloatGraph& graph,
                                   const std::vector<Range>& ranges);

// Compact JSON, one line. Numbers read back as the same bits; bytes of a name
// that are not UTF-8 are replaced.
std::string WriteCalibrationRecord(const CalibrationRecord& record);

// The record of `text`, whoever wrote it; unknown keys are ignored.
// InvalidArgument names the key that is missing or has a value that no record
// can have: another version, an unknown method, numbers that are not finite, a
// range without 0, more than 10,001 ranges, text of more than 4 MiB.
absl::StatusOr<CalibrationRecord> ReadCalibrationRecord(absl::string_view text);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CALIBRATION_RECORD_H_
