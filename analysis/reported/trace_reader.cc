#include "analysis/reported/trace_reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analysis/reported/trace_events.h"

namespace lockstep::analysis {
namespace {

// Deflate is the only method there is.
constexpr char kGzipMagic[] = "\x1f\x8b\x08";
constexpr char kProfilerStep[] = "ProfilerStep";
constexpr double kMostMicroseconds = 100 * 365.25 * 86400e6;
constexpr int64_t kNoCorrelation = -1;

// Our own traces: see train/trace.h.
constexpr char kComputeThread[] = "compute";
constexpr char kCommThread[] = "communication";
constexpr char kBucket[] = "bucket";

struct OwnPart {
  absl::string_view name;
  KernelKind kind;
};

constexpr OwnPart kOwnParts[] = {{"forward", KernelKind::kCompute},
                                 {"backward", KernelKind::kCompute},
                                 {"optimiser", KernelKind::kCompute},
                                 {"host to device", KernelKind::kMemory}};

struct ElementType {
  absl::string_view name;  // as c10::ScalarType prints it
  int bytes;
};

constexpr ElementType kElementTypes[] = {
    {"Float", 4}, {"Half", 2}, {"BFloat16", 2},      {"Double", 8},
    {"Int", 4},   {"Long", 8}, {"Short", 2},         {"Char", 1},
    {"Byte", 1},  {"Bool", 1}, {"Float8_e4m3fn", 1}, {"Float8_e5m2", 1}};

// HTA's classes by name.
KernelKind KindOf(absl::string_view name) {
  if (absl::StartsWith(name, "nccl") && absl::StrContains(name, "Kernel"))
    return KernelKind::kCommunication;
  for (const absl::string_view memory : {"Memcpy", "Memset", "dma"})
    if (absl::StartsWith(name, memory)) return KernelKind::kMemory;
  for (const absl::string_view other : {"Memcpy", "Sync"})
    if (absl::StrContains(name, other)) return KernelKind::kOther;
  return KernelKind::kCompute;
}

// Bytes of the larger side: what nccl-tests calls the size of a collective.
uint64_t BytesOf(const TraceEvent& event) {
  double bytes = event.bytes;
  for (const ElementType& type : kElementTypes)
    if (type.name == event.type)
      bytes = std::fmax(event.elements_in, event.elements_out) * type.bytes;
  return bytes > 0 && bytes < 1e15 ? static_cast<uint64_t>(bytes) : 0;
}

bool IsCount(double value) { return value >= 0 && value <= 1e6; }

// Reads one file.
class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  absl::Status Add(const TraceEvent& event) {
    if (event.phase == "M") return AddName(event);
    if (event.phase != "X" || std::isnan(event.duration_us))
      return absl::OkStatus();
    if (!(event.duration_us >= 0) || event.duration_us > kMostMicroseconds ||
        !(std::abs(event.start_us) <= kMostMicroseconds))
      return absl::InvalidArgumentError(
          absl::StrCat("event '", event.name.substr(0, 40),
                       "' has no time, or one that is "
                       "negative or beyond 100 years"));
    if (event.stream >= 0 && event.correlation >= 0)
      AddGpuKernel(event);
    else if (event.category.empty())
      AddOwnSlice(event);
    else
      AddHostEvent(event);
    return absl::OkStatus();
  }

  absl::StatusOr<Trace> Finish(const TraceInfo& info) {
    LeaveOutLastStep();
    Trace trace;
    trace.notes = std::move(notes_);
    if (IsCount(info.world_size)) trace.world_size = info.world_size;
    for (auto& [process, rank] : ranks_) {
      if (rank.trace.kernels.empty()) continue;
      std::stable_sort(rank.trace.kernels.begin(), rank.trace.kernels.end(),
                       [](const TraceKernel& a, const TraceKernel& b) {
                         return a.start_ns < b.start_ns;
                       });
      rank.trace.rank = is_own_ ? rank.number : RankOf(info, trace.notes);
      rank.trace.source = source_;
      trace.ranks.push_back(std::move(rank.trace));
    }
    if (trace.ranks.empty())
      return absl::InvalidArgumentError(
          "no kernel that counts: a trace needs GPU kernels (args.stream), "
          "launched before its last ProfilerStep");
    return trace;
  }

 private:
  struct Rank {
    uint32_t number = 0;
    RankTrace trace;
    std::vector<int64_t> correlations;  // by kernel
    std::map<std::string, uint32_t> collective_numbers;
  };

  struct Launch {
    int64_t correlation;
    double start_us;
  };

  absl::Status AddName(const TraceEvent& event) {
    if (event.name == "thread_name" && (event.argument_name == kComputeThread ||
                                        event.argument_name == kCommThread))
      own_threads_[{event.process, event.thread}] = event.argument_name;
    absl::string_view name = event.argument_name;
    uint32_t number = 0;
    if (event.name == "process_name" && absl::ConsumePrefix(&name, "rank ") &&
        absl::SimpleAtoi(name.substr(0, name.find(' ')), &number))
      own_ranks_[event.process] = number;
    return absl::OkStatus();
  }

  void AddKernel(Rank& rank, const TraceEvent& event, KernelKind kind,
                 const std::string& collective, int64_t correlation) {
    TraceKernel kernel;
    kernel.start_ns = std::llround(event.start_us * 1e3);
    kernel.end_ns = std::llround((event.start_us + event.duration_us) * 1e3);
    kernel.kind = kind;
    if (kind == KernelKind::kCommunication) {
      kernel.bytes = BytesOf(event);
      const auto [entry, is_new] = rank.collective_numbers.emplace(
          collective, rank.trace.collectives.size());
      if (is_new) rank.trace.collectives.push_back(collective);
      kernel.collective = entry->second;
    }
    rank.trace.kernels.push_back(kernel);
    rank.correlations.push_back(correlation);
  }

  void AddGpuKernel(const TraceEvent& event) {
    AddKernel(ranks_[0], event, KindOf(event.name),
              event.collective.empty() ? event.name : event.collective,
              std::llround(std::min(event.correlation, 1e18)));
  }

  void AddOwnSlice(const TraceEvent& event) {
    const auto thread = own_threads_.find({event.process, event.thread});
    const auto number = own_ranks_.find(event.process);
    if (thread == own_threads_.end() || number == own_ranks_.end()) return;
    is_own_ = true;
    Rank& rank = ranks_[event.process];
    rank.number = number->second;
    if (thread->second == kCommThread)
      return AddKernel(rank, event, KernelKind::kCommunication, kBucket,
                       kNoCorrelation);
    for (const OwnPart& part : kOwnParts)
      if (part.name == event.name)
        AddKernel(rank, event, part.kind, "", kNoCorrelation);
  }

  void AddHostEvent(const TraceEvent& event) {
    if (event.correlation >= 0)
      launches_.push_back(
          {std::llround(std::min(event.correlation, 1e18)), event.start_us});
    if (!absl::StartsWith(event.name, kProfilerStep)) return;
    if (profiler_steps_.size() < 2) profiler_steps_.insert(event.name);
    last_step_us_ = std::max(last_step_us_, event.start_us);
  }

  // As HTA does, if there are at least two steps.
  void LeaveOutLastStep() {
    if (is_own_ || profiler_steps_.size() < 2) return;
    std::unordered_set<int64_t> counted;
    for (const Launch& launch : launches_)
      if (launch.start_us < last_step_us_) counted.insert(launch.correlation);
    for (auto& [process, rank] : ranks_) {
      size_t kept = 0;
      for (size_t i = 0; i < rank.correlations.size(); ++i)
        if (counted.count(rank.correlations[i]) > 0)
          rank.trace.kernels[kept++] = rank.trace.kernels[i];
      rank.trace.kernels.resize(kept);
    }
  }

  // Of a file without "distributedInfo": the last number in its name.
  uint32_t RankOf(const TraceInfo& info, std::vector<std::string>& notes) {
    if (IsCount(info.rank)) return info.rank;
    const size_t slash = source_.rfind('/');
    const std::string name =
        slash == source_.npos ? source_ : source_.substr(slash + 1);
    size_t end = name.size();
    while (end > 0 && !absl::ascii_isdigit(name[end - 1])) --end;
    size_t begin = end;
    while (begin > 0 && absl::ascii_isdigit(name[begin - 1])) --begin;
    uint32_t number = 0;
    const bool is_number =
        absl::SimpleAtoi(name.substr(begin, end - begin), &number);
    notes.push_back(absl::StrCat(
        source_, " does not say its rank; ",
        is_number ? "its name was taken to: rank " : "taken as rank ", number));
    return number;
  }

  const std::string source_;
  std::map<double, Rank> ranks_;  // by process; of a profiler's file one
  std::map<std::pair<double, double>, std::string> own_threads_;
  std::map<double, uint32_t> own_ranks_;
  bool is_own_ = false;
  std::vector<Launch> launches_;
  std::set<std::string> profiler_steps_;  // at most two
  double last_step_us_ = -kMostMicroseconds;
  std::vector<std::string> notes_;
};

absl::Status InFile(const std::string& source, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": ", status.message()));
}

// A run record may begin so, too: with its header's length, whose upper bytes
// are 0 where a packed file has flags and a time.
bool IsGzip(absl::string_view bytes) {
  return absl::StartsWith(bytes, kGzipMagic) &&
         bytes.substr(3, 5) != absl::string_view("\0\0\0\0\0", 5);
}

}  // namespace

bool LooksLikeTrace(absl::string_view begin) {
  if (IsGzip(begin)) return true;
  begin = absl::StripLeadingAsciiWhitespace(begin);
  if (begin.empty() || (begin[0] != '{' && begin[0] != '[')) return false;
  for (const absl::string_view key :
       {"\"traceEvents\"", "\"ph\"", "\"distributedInfo\"",
        "\"deviceProperties\""})
    if (absl::StrContains(begin, key)) return true;
  return false;
}

absl::StatusOr<Trace> ReadTrace(absl::string_view bytes,
                                const std::string& source) {
  if (IsGzip(bytes))
    return absl::InvalidArgumentError(
        absl::StrCat(source, " is packed; unpack it with gunzip first"));
  Reader reader(source);
  TraceInfo info;
  const absl::Status status = VisitTraceEvents(
      bytes, [&](const TraceEvent& event) { return reader.Add(event); }, info);
  if (!status.ok()) return InFile(source, status);
  absl::StatusOr<Trace> trace = reader.Finish(info);
  if (!trace.ok()) return InFile(source, trace.status());
  return trace;
}

Trace MergeTraces(std::vector<Trace> traces) {
  Trace merged;
  std::map<uint32_t, RankTrace> by_rank;
  for (Trace& trace : traces) {
    merged.world_size = std::max(merged.world_size, trace.world_size);
    for (std::string& note : trace.notes)
      merged.notes.push_back(std::move(note));
    for (RankTrace& rank : trace.ranks) {
      const std::string source = rank.source;
      const auto [first, is_new] =
          by_rank.try_emplace(rank.rank, std::move(rank));
      if (!is_new)
        merged.notes.push_back(
            absl::StrCat(source, " is left out: ", first->second.source,
                         " is rank ", first->first, " too"));
    }
  }
  for (auto& [number, rank] : by_rank) merged.ranks.push_back(std::move(rank));
  return merged;
}

}  // namespace lockstep::analysis
