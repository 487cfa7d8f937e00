#include "quant/layer_errors.h"

#include <cmath>
#include <limits>

namespace lockstep::quant {
namespace {

constexpr int kTopCode = 255;

double Percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100.0 * part / whole;
}

}  // namespace

void LayerErrors::Add(const float* real, const uint8_t* codes, size_t count,
                      float scale, uint8_t zero_point) {
  const double step = scale;
  const double low = step * (-zero_point - 0.5);
  const double high = step * (kTopCode - zero_point + 0.5);
  LayerErrors image;
  image.count_ = count;
  int64_t code_squares = 0;
  for (size_t i = 0; i < count; ++i) {
    const double x = real[i];
    const int code = codes[i] - zero_point;
    const double error = x - step * code;
    image.real_squares_ += x * x;
    image.error_squares_ += error * error;
    image.products_ += x * code;
    code_squares += code * code;
    image.clipped_ += x < low || x >= high;
    image.saturated_ +=
        codes[i] == kTopCode || (codes[i] == 0 && zero_point > 0);
  }
  image.products_ *= step;
  image.coded_squares_ = step * step * code_squares;
  Merge(image);
}

void LayerErrors::Merge(const LayerErrors& other) {
  count_ += other.count_;
  clipped_ += other.clipped_;
  saturated_ += other.saturated_;
  real_squares_ += other.real_squares_;
  error_squares_ += other.error_squares_;
  products_ += other.products_;
  coded_squares_ += other.coded_squares_;
}

double LayerErrors::SqnrDb() const {
  if (count_ == 0) return 0;
  if (error_squares_ == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(real_squares_ / error_squares_);
}

double LayerErrors::Cosine() const {
  if (real_squares_ == 0 && coded_squares_ == 0) return 1;
  if (real_squares_ == 0 || coded_squares_ == 0) return 0;
  return products_ / std::sqrt(real_squares_ * coded_squares_);
}

double LayerErrors::ClippedPercent() const { return Percent(clipped_, count_); }

double LayerErrors::SaturatedPercent() const {
  return Percent(saturated_, count_);
}

}  // namespace lockstep::quant
