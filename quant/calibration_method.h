// Where to clip a value before it is rounded to 8 bits: the methods of
// --calibration, each a function from a histogram to a range.
//
// All but minmax look for one threshold T of magnitudes: the range is the
// min-max range cut at -T and T, so it holds 0 and is never wider than minmax.

#ifndef LOCKSTEP_QUANT_CALIBRATION_METHOD_H_
#define LOCKSTEP_QUANT_CALIBRATION_METHOD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "quant/float_graph.h"
#include "quant/histogram.h"

namespace lockstep::quant {

struct CalibrationOptions {
  std::string method = "minmax";
  double percentile = 99.999;  // of the method of that name
};

struct CalibrationMethod {
  const char* name;
  const char* what;  // a few words for --help
  // Null: the histogram's own range, so that none need be counted.
  Range (*range)(const Histogram&, const CalibrationOptions&);
};

// The table: minmax, percentile, mse, kl.
const std::vector<CalibrationMethod>& CalibrationMethods();

// The row of that name, or null.
const CalibrationMethod* FindCalibrationMethod(const std::string& name);

// "minmax (...), percentile (...), ..." for --help.
std::string CalibrationMethodsHelp();

// InvalidArgument for a method that is not in the table or a percentile outside
// [50, 100]; names the flags --calibration and --calibration_percentile.
absl::Status CheckCalibrationOptions(const CalibrationOptions& options);

// The smallest bin edge T such that at least `percentile` percent of all
// elements, zeros included, have a magnitude up to T; 100 is minmax, and so is
// a value of which that many elements are 0.
Range PercentileRange(const Histogram& histogram, double percentile);

// The T of least squared error, of 1024 equally spaced: elements beyond T are
// clipped to it, others rounded to multiples of the step, (max - min) / 255.
// Elements count as spread evenly over their bin, of 2048 up to the largest
// magnitude.
Range MseRange(const Histogram& histogram);

// The T, of 1024 equally spaced, whose 256 levels lose least information by
// Kullback-Leibler divergence (Migacz, "8-bit inference with TensorRT", GTC
// 2017, there with 128 levels for symmetric s8): the reference distribution is
// 2048 bins cut at T with all that lies beyond added to the outermost bin; the
// candidate spreads the content of each level evenly over the level's bins that
// are not empty. Zeros are left out. Both are mixed with 1e-4 of an even
// distribution, so no bin is empty. T is at least an eighth of the largest
// magnitude: below that there are fewer bins than levels.
Range KlRange(const Histogram& histogram);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CALIBRATION_METHOD_H_
