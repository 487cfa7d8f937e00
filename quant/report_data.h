// What the report of //quant:eval is made of, as plain data: whoever fills it
// ran the nets, whoever prints it did not.

#ifndef LOCKSTEP_QUANT_REPORT_DATA_H_
#define LOCKSTEP_QUANT_REPORT_DATA_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quant/accuracy.h"
#include "quant/confusion.h"
#include "quant/evaluate.h"
#include "quant/flipped_images.h"
#include "quant/measure_layers.h"
#include "quant/value_histograms.h"

namespace lockstep::quant {

// How the numbers of an Evaluation came about.
struct ReportContext {
  std::string model;                 // path
  std::string data;                  // path
  std::string calibration;           // a sentence
  std::string normalization_source;  // "" if the net needs none
  std::string skipped_output;        // a last Softmax, or ""
  Normalization normalization;
  std::string kernel, kernel_description;
  std::string float_kernel;
  std::string cpu;
  int threads = 1;
  size_t batch = 1;
};

// In all rows, accuracy.before is fp32. Decibels: as Evaluation's.

// The net with more and more of it in integers; the first row is fp32 itself,
// whose logits are exact (infinite dB).
struct StageRow {
  std::string name;
  PairedAccuracy accuracy;
  double logit_error_db = 0;
};

// The net with one layer in integers and the rest in fp32.
struct SensitivityRow {
  std::string layer;
  PairedAccuracy accuracy;
  double logit_error_db = 0;
};

// The net calibrated on images that `seed` drew.
struct DrawRow {
  uint64_t seed = 0;
  PairedAccuracy accuracy;
};

// What is empty is left out of the report.
struct ReportData {
  Evaluation evaluation;
  ReportContext context;
  std::vector<StageRow> stages;
  std::vector<SensitivityRow> sensitivity;
  std::vector<DrawRow> draws;
  std::vector<LayerMeasurement> layers;  // in the order of the net
  std::optional<Confusion> fp32_confusion, int8_confusion;
  std::vector<FlippedImage> flips;
  std::vector<LayerHistograms> histograms;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REPORT_DATA_H_
