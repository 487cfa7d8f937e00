// The events of a file in Chrome's trace event format, one after another.
//
// Format: "Trace Event Format", the Chromium project; the arguments are those
// of PyTorch's profiler (Kineto).

#ifndef LOCKSTEP_ANALYSIS_REPORTED_TRACE_EVENTS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_TRACE_EVENTS_H_

#include <functional>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lockstep::analysis {

// What is absent is NaN or "".
struct TraceEvent {
  static constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

  std::string phase, category, name;
  double start_us = kAbsent, duration_us = kAbsent;
  double process = kAbsent, thread = kAbsent;

  // Its arguments.
  std::string argument_name;  // of a "process_name" or "thread_name" event
  std::string collective, type;
  double stream = kAbsent, correlation = kAbsent;
  double elements_in = kAbsent, elements_out = kAbsent, bytes = kAbsent;
};

// The file's "distributedInfo".
struct TraceInfo {
  double rank = TraceEvent::kAbsent;
  double world_size = TraceEvent::kAbsent;
};

// Calls `visit` with each event of `json`, in order, until it returns an error,
// which is returned. InvalidArgument, with the byte, for what is not JSON or is
// nested deeper than 64. Memory does not grow with the number of events.
absl::Status VisitTraceEvents(
    absl::string_view json,
    const std::function<absl::Status(const TraceEvent&)>& visit,
    TraceInfo& info);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_TRACE_EVENTS_H_
