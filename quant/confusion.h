// Which classes a classifier takes for which.

#ifndef LOCKSTEP_QUANT_CONFUSION_H_
#define LOCKSTEP_QUANT_CONFUSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/cifar10_shape.h"

namespace lockstep::quant {

// [label][predicted]: images. The diagonal is what is right.
using Confusion = std::array<std::array<size_t, kCifarClasses>, kCifarClasses>;

// Both have one size; all classes are below kCifarClasses.
Confusion CountConfusion(const std::vector<uint8_t>& labels,
                         const std::vector<int>& predicted);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CONFUSION_H_
