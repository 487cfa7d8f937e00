#include "quant/accuracy.h"

#include <algorithm>
#include <cmath>

namespace lockstep::quant {
namespace {

constexpr double kNormal95 = 1.96;  // two-sided 95 % of a normal distribution

double Percent(double part, size_t whole) {
  return whole == 0 ? 0 : 100 * part / whole;
}

}  // namespace

double PairedAccuracy::BeforePercent() const {
  return Percent(before_correct, images);
}

double PairedAccuracy::AfterPercent() const {
  return Percent(after_correct, images);
}

double PairedAccuracy::AgreementPercent() const {
  return Percent(agree, images);
}

double PairedAccuracy::DifferencePoints() const {
  return Percent(double(gained) - double(lost), images);
}

double PairedAccuracy::HalfIntervalPoints() const {
  if (images == 0) return 0;
  const double b = lost, c = gained;
  const double variance = b + c - (b - c) * (b - c) / images;
  return Percent(kNormal95 * std::sqrt(variance), images);
}

double PairedAccuracy::McNemarP() const {
  const double n = lost + gained, fewer = std::min(lost, gained);
  // The binomial probability of `fewer`, by logarithms: 2^n does not fit. The
  // others follow from it, each from the one above.
  double term = std::exp(std::lgamma(n + 1) - std::lgamma(fewer + 1) -
                         std::lgamma(n - fewer + 1) - n * std::log(2.0));
  double tail = 0;
  for (double i = fewer; i >= 0 && term > 0; --i) {
    tail += term;
    term *= i / (n - i + 1);
  }
  return std::min(1.0, 2 * tail);
}

PairedAccuracy CompareInPairs(const std::vector<uint8_t>& labels,
                              const std::vector<int>& before,
                              const std::vector<int>& after) {
  PairedAccuracy result;
  result.images = labels.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool was = before[i] == labels[i], is = after[i] == labels[i];
    result.before_correct += was;
    result.after_correct += is;
    result.lost += was && !is;
    result.gained += !was && is;
    result.agree += before[i] == after[i];
  }
  return result;
}

}  // namespace lockstep::quant
