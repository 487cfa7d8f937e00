// Which gradients travel together.
//
// Backward produces gradients one by one; an all-reduce costs a fixed latency,
// so gradients are collected into buckets, and a bucket's all-reduce starts as
// soon as its last gradient is there. The first bucket is small, so that
// communication starts early. As in PyTorch's DDP a cap is a closing threshold:
// a bucket closes with the gradient that reaches it. No torch.

#ifndef LOCKSTEP_TRAIN_BUCKET_PLAN_H_
#define LOCKSTEP_TRAIN_BUCKET_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

struct BucketCaps {
  int64_t first_bytes = 1 << 20;  // 1 MiB
  int64_t bytes = 25 << 20;       // 25 MiB
};

// A bucket as people read it: the run record stores these.
struct PlannedBucket {
  int64_t bytes = 0;
  std::vector<std::string> parameters;  // names
};

// Parameter numbers of each bucket, in launch order. `order` lists parameter
// numbers in the order in which their gradients arrive; `bytes` is indexed by
// parameter number. Every parameter is in exactly one bucket.
std::vector<std::vector<int>> PlanBuckets(const std::vector<int>& order,
                                          const std::vector<int64_t>& bytes,
                                          const BucketCaps& caps);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_BUCKET_PLAN_H_
