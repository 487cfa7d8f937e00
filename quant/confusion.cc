#include "quant/confusion.h"

namespace lockstep::quant {

Confusion CountConfusion(const std::vector<uint8_t>& labels,
                         const std::vector<int>& predicted) {
  Confusion confusion = {};
  for (size_t i = 0; i < labels.size(); ++i)
    ++confusion[labels[i]][predicted[i]];
  return confusion;
}

}  // namespace lockstep::quant
