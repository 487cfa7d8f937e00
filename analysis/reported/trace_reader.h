// Traces of GPU profilers, and our own: what ran when, rank by rank.
//
// Read are Chrome's trace event format as PyTorch's profiler (Kineto) writes
// it, one file a rank, and the file of //train:ddp --trace, all ranks in one. A
// kernel is a complete event with args.stream; nccl...Kernel... communicates,
// Memcpy, Memset and dma move memory, everything else computes, as in Holistic
// Trace Analysis (HTA, hta/utils/utils.py). As there, the last ProfilerStep is
// left out: kernels count that were launched before it began.
//
// The file is parsed event by event, and memory is taken for kernels and their
// launches only, about 60 bytes each.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_TRACE_READER_H_
#define LOCKSTEP_ANALYSIS_REPORTED_TRACE_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::analysis {

enum class KernelKind : uint8_t { kCompute, kCommunication, kMemory, kOther };

struct TraceKernel {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  uint64_t bytes = 0;       // handed over per rank; 0: the trace does not say
  uint32_t collective = 0;  // its place in RankTrace::collectives
  KernelKind kind = KernelKind::kOther;
};

struct RankTrace {
  uint32_t rank = 0;
  std::string source;  // the file
  // What communicated: NCCL's name of the collective (allreduce) if the trace
  // has it, else the kernel's; "bucket" in our own traces.
  std::vector<std::string> collectives;
  std::vector<TraceKernel> kernels;  // by start
};

struct Trace {
  uint32_t world_size = 0;  // 0: the trace does not say
  std::vector<RankTrace> ranks;
  std::vector<std::string> notes;
};

// Whether a file that begins so is a trace, packed (gzip) or not.
bool LooksLikeTrace(absl::string_view begin);

// `source` names the file in errors. InvalidArgument, one line: not JSON (with
// the byte), nested deeper than 64, a time that is negative or beyond 100
// years, no kernel, packed.
absl::StatusOr<Trace> ReadTrace(absl::string_view bytes,
                                const std::string& source);

// The ranks of several files of one run. Of a rank that is in two files the
// first counts, with a note.
Trace MergeTraces(std::vector<Trace> traces);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_TRACE_READER_H_
