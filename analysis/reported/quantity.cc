#include "analysis/reported/quantity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

// Half a unit of the last digit of `text`, which is a number: 0.005 of "18.07".
double HalfUnit(absl::string_view text) {
  int exponent = 0, decimals = 0;
  const size_t e = text.find_first_of("eE");
  if (e != absl::string_view::npos) {
    absl::string_view digits = text.substr(e + 1);
    if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
    if (!absl::SimpleAtoi(digits, &exponent)) return 0;
  }
  const absl::string_view mantissa = text.substr(0, e);
  const size_t point = mantissa.find('.');
  if (point != absl::string_view::npos)
    decimals = static_cast<int>(mantissa.size() - point - 1);
  return 0.5 * std::pow(10.0, exponent - decimals);
}

// SimpleAtod also takes "nan", "inf" and hexadecimal.
bool IsDecimal(absl::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789.eE+-") == absl::string_view::npos;
}

}  // namespace

Quantity Exact(double value) { return {value, value, value}; }

absl::StatusOr<Quantity> ParseQuantity(absl::string_view text) {
  absl::string_view number = absl::StripAsciiWhitespace(text);
  if (!number.empty() && number.back() == '%') number.remove_suffix(1);
  number = absl::StripAsciiWhitespace(number);
  double value = 0;
  if (!IsDecimal(number) || !absl::SimpleAtod(number, &value) ||
      !std::isfinite(value))
    return absl::InvalidArgumentError(
        absl::StrCat("'", text.substr(0, 40), "' is not a number"));
  const double half = HalfUnit(number);
  return Quantity{value, value - half, value + half};
}

Quantity operator+(const Quantity& a, const Quantity& b) {
  return {a.value + b.value, a.low + b.low, a.high + b.high};
}

Quantity operator-(const Quantity& a, const Quantity& b) {
  return {a.value - b.value, a.low - b.high, a.high - b.low};
}

Quantity operator*(const Quantity& a, const Quantity& b) {
  return {a.value * b.value, std::max(0.0, a.low) * std::max(0.0, b.low),
          a.high * b.high};
}

Quantity operator/(const Quantity& a, const Quantity& b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {b.value > 0 ? a.value / b.value : kInfinity,
          b.high > 0 ? a.low / b.high : 0,
          b.low > 0 ? a.high / b.low : kInfinity};
}

Quantity operator*(double factor, const Quantity& a) {
  return {factor * a.value, factor * a.low, factor * a.high};
}

bool Agree(const Quantity& a, const Quantity& b, double slack) {
  const double apart = std::max(a.low, b.low) - std::min(a.high, b.high);
  return apart <= slack * std::max(std::abs(a.value), std::abs(b.value));
}

}  // namespace lockstep::analysis
