#include "analysis/measured_epochs.h"

namespace lockstep::analysis {

uint32_t BatchSizeOf(const Epoch& epoch, const Header& header) {
  return epoch.batch_size_per_rank() > 0 ? epoch.batch_size_per_rank()
                                         : header.batch_size_per_rank();
}

bool IsMeasured(const Epoch& epoch, const Header& header) {
  return epoch.epoch() >= header.measure_epoch() && !epoch.warm_up() &&
         !epoch.unfinished() &&
         BatchSizeOf(epoch, header) == header.batch_size_per_rank();
}

std::set<uint32_t> MeasuredEpochs(const std::vector<Record>& records) {
  std::set<uint32_t> epochs;
  for (const Record& record : records)
    if (record.has_epoch() && IsMeasured(record.epoch(), records[0].header()))
      epochs.insert(record.epoch().epoch());
  return epochs;
}

bool IsMeasured(const Step& step, const std::set<uint32_t>& measured_epochs) {
  return measured_epochs.count(step.epoch()) > 0 &&
         (step.epoch() > 0 || step.step() > 0);
}

}  // namespace lockstep::analysis
