// What //quant:eval prints and writes to quant.md.

#ifndef LOCKSTEP_QUANT_REPORT_H_
#define LOCKSTEP_QUANT_REPORT_H_

#include <string>

#include "quant/evaluate.h"

namespace lockstep::quant {

// How the numbers of an Evaluation came about.
struct ReportContext {
  std::string model;        // path
  std::string data;         // path
  std::string calibration;  // method
  std::string normalization_source;
  Normalization normalization;
  std::string kernel, kernel_description;
  std::string float_kernel;
  std::string cpu;
  int threads = 1;
  size_t batch = 1;
};

// The report in Markdown, readable as plain text; ends with a newline.
std::string Report(const Evaluation& evaluation, const ReportContext& context);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REPORT_H_
