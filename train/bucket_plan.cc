#include "train/bucket_plan.h"

namespace lockstep {

std::vector<std::vector<int>> PlanBuckets(const std::vector<int>& order,
                                          const std::vector<int64_t>& bytes,
                                          const BucketCaps& caps) {
  std::vector<std::vector<int>> buckets;
  int64_t open_bytes = 0;
  bool open = false;
  for (int parameter : order) {
    if (!open) buckets.emplace_back();
    open = true;
    buckets.back().push_back(parameter);
    open_bytes += bytes[parameter];
    if (open_bytes >= (buckets.size() == 1 ? caps.first_bytes : caps.bytes)) {
      open = false;
      open_bytes = 0;
    }
  }
  return buckets;
}

}  // namespace lockstep
