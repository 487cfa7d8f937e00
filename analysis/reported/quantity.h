// A number as somebody printed it, and what it may have been before rounding.
//
// "18.07" stands for anything from 18.065 to 18.075. What is computed from such
// numbers is only known to lie in an interval, too: two figures contradict each
// other where their intervals are apart, not where their digits differ.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_QUANTITY_H_
#define LOCKSTEP_ANALYSIS_REPORTED_QUANTITY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::analysis {

struct Quantity {
  double value = 0;
  double low = 0;
  double high = 0;
};

// A number that was not rounded.
Quantity Exact(double value);

// "18.07", ".010", "1e-3", "7.2%" (a percent sign is dropped): half a unit of
// the last digit printed to either side; whole numbers too. InvalidArgument for
// anything else, NaN and infinity included.
absl::StatusOr<Quantity> ParseQuantity(absl::string_view text);

// Bounds of every result that numbers within the bounds can give. Factors are
// not negative; a divisor whose low end is not above 0 gives an infinite high
// end.
Quantity operator+(const Quantity& a, const Quantity& b);
Quantity operator-(const Quantity& a, const Quantity& b);
Quantity operator*(const Quantity& a, const Quantity& b);
Quantity operator/(const Quantity& a, const Quantity& b);
Quantity operator*(double factor, const Quantity& a);

// Whether both can be the same number: their intervals meet, or are at most
// `slack` of the larger value apart.
bool Agree(const Quantity& a, const Quantity& b, double slack = 0);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_QUANTITY_H_
