#include "train/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

constexpr char kOpening[] = "[";
constexpr char kClosing[] = "\n]\n";
// Events in memory before they are written.
constexpr size_t kBufferBytes = 1 << 20;

// Perfetto joins threads of one number whatever their process, and has a
// meaning of its own for 0.
int ProcessOf(int rank) { return rank + 1; }
int ComputeThread(int rank) { return 2 * rank + 1; }
int CommunicationThread(int rank) { return 2 * rank + 2; }

// "12.345": microseconds, exact.
std::string Microseconds(int64_t ns) {
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : ns;
  return absl::StrFormat("%s%d.%03d", ns < 0 ? "-" : "", magnitude / 1000,
                         magnitude % 1000);
}

// As a JSON string; what is not printable ASCII becomes '?'.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += absl::ascii_isprint(c) ? c : '?';
  }
  return quoted + "\"";
}

std::string NameEvent(const char* kind, int process, int thread,
                      const std::string& arguments) {
  return absl::StrCat("{\"ph\":\"M\",\"name\":\"", kind, "\",\"pid\":", process,
                      ",\"tid\":", thread, ",\"args\":{", arguments, "}}");
}

// All of `bytes` at `offset`; errno's value if it fails.
int WriteAll(int fd, const std::string& bytes, int64_t offset) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = pwrite(fd, bytes.data() + done, bytes.size() - done,
                             offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    done += n;
  }
  return 0;
}

absl::Status CheckShape(const std::vector<std::vector<StepTiming>>& timings,
                        size_t ranks) {
  bool equal = timings.size() == ranks;
  for (const auto& rank : timings)
    equal = equal && rank.size() == timings[0].size();
  if (equal) return absl::OkStatus();
  return absl::InternalError("ranks have different numbers of steps to trace");
}

}  // namespace

TraceWriter::TraceWriter(int fd, std::string path,
                         std::vector<ClockOffset> clocks, TraceOptions options)
    : fd_(fd),
      path_(std::move(path)),
      clocks_(std::move(clocks)),
      options_(options) {}

TraceWriter::~TraceWriter() { Close().IgnoreError(); }

absl::StatusOr<std::unique_ptr<TraceWriter>> TraceWriter::Create(
    const std::string& path, const std::vector<std::string>& rank_names,
    const std::vector<ClockOffset>& clocks, TraceOptions options) {
  if (rank_names.size() != clocks.size())
    return absl::InternalError("as many clocks as ranks are needed to trace");
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST)
    return absl::AlreadyExistsError(absl::StrCat(
        path, " is there and is never overwritten; choose another --trace"));
  if (fd < 0) return ErrnoStatus(errno, "cannot create", path);
  std::unique_ptr<TraceWriter> writer(
      new TraceWriter(fd, path, clocks, options));
  writer->AddNames(rank_names);
  const absl::Status status = writer->Flush();
  if (status.ok()) return writer;
  unlink(path.c_str());
  return status;
}

void TraceWriter::AddNames(const std::vector<std::string>& rank_names) {
  for (size_t rank = 0; rank < rank_names.size(); ++rank) {
    const int process = ProcessOf(rank);
    const int compute = ComputeThread(rank), comm = CommunicationThread(rank);
    Add(NameEvent("process_name", process, compute,
                  absl::StrCat("\"name\":", Quoted(rank_names[rank]))));
    Add(NameEvent("process_sort_index", process, compute,
                  absl::StrCat("\"sort_index\":", rank)));
    Add(NameEvent("process_labels", process, compute,
                  absl::StrCat("\"labels\":\"clock +- ",
                               Microseconds(clocks_[rank].error_ns), " us\"")));
    Add(NameEvent("thread_name", process, compute, "\"name\":\"compute\""));
    Add(NameEvent("thread_name", process, comm, "\"name\":\"communication\""));
    Add(NameEvent("thread_sort_index", process, compute, "\"sort_index\":0"));
    Add(NameEvent("thread_sort_index", process, comm, "\"sort_index\":1"));
  }
}

void TraceWriter::SetBucketPlan(int64_t first_step,
                                const std::vector<PlannedBucket>& plan) {
  plans_.push_back({first_step, {}});
  for (const PlannedBucket& bucket : plan)
    plans_.back().bytes.push_back(bucket.bytes);
}

std::string TraceWriter::Bytes(int64_t step, size_t bucket) const {
  auto plan = plans_.rbegin();
  while (plan != plans_.rend() && plan->first_step > step) ++plan;
  if (plan == plans_.rend() || bucket >= plan->bytes.size()) return "";
  return absl::StrCat("\"bytes\":", plan->bytes[bucket], ",");
}

int64_t TraceWriter::Aligned(int64_t ns, int rank) const {
  return ns - clocks_[rank].offset_ns - origin_ns_;
}

void TraceWriter::AddSlice(int thread, int rank, const std::string& name,
                           int64_t begin_ns, int64_t end_ns,
                           const std::string& arguments) {
  Add(absl::StrCat("{\"ph\":\"X\",\"name\":\"", name,
                   "\",\"pid\":", ProcessOf(rank), ",\"tid\":", thread,
                   ",\"ts\":", Microseconds(Aligned(begin_ns, rank)),
                   ",\"dur\":", Microseconds(end_ns - begin_ns), ",\"args\":{",
                   arguments, "}}"));
}

void TraceWriter::AddStep(int64_t epoch, int64_t step, int rank,
                          const StepTiming& t) {
  const int thread = ComputeThread(rank);
  // The parent first: viewers take events of one time in the file's order.
  AddSlice(thread, rank, absl::StrCat("step ", step), t.begin_ns, t.end_ns,
           absl::StrCat("\"epoch\":", epoch, ",\"step\":", step));
  const auto part = [&](const char* name, int64_t begin_ns, int64_t end_ns) {
    if (end_ns > begin_ns) AddSlice(thread, rank, name, begin_ns, end_ns, "");
  };
  part("data", t.begin_ns, t.data_ns);
  part("host to device", t.data_ns, t.h2d_ns);
  part("forward", t.h2d_ns, t.forward_ns);
  part("backward", t.forward_ns, t.backward_ns);
  part("exposed communication", t.backward_ns, t.comm_ns);
  part("optimiser", t.comm_ns, t.optimizer_ns);
  for (size_t b = 0; b < t.buckets.size(); ++b)
    AddBucket(step, rank, b, t.buckets[b]);
}

void TraceWriter::AddBucket(int64_t step, int rank, size_t bucket,
                            const BucketInterval& b) {
  AddSlice(
      CommunicationThread(rank), rank, absl::StrCat("bucket ", bucket),
      b.start_ns, b.end_ns,
      absl::StrCat("\"step\":", step, ",", Bytes(step, bucket),
                   "\"ready_us\":", Microseconds(Aligned(b.ready_ns, rank)),
                   ",\"queued_us\":", Microseconds(b.start_ns - b.ready_ns)));
  AddArrow(rank, b.ready_ns, b.start_ns);
}

void TraceWriter::AddArrow(int rank, int64_t ready_ns, int64_t start_ns) {
  const int64_t id = ++arrows_;
  const auto end = [&](const char* kind, int thread, int64_t at_ns) {
    Add(absl::StrCat("{\"ph\":\"", kind,
                     "\",\"name\":\"ready\",\"cat\":\"bucket\",\"id\":", id,
                     ",\"pid\":", ProcessOf(rank), ",\"tid\":", thread,
                     ",\"ts\":", Microseconds(Aligned(at_ns, rank)),
                     *kind == 'f' ? ",\"bp\":\"e\"}" : "}"));
  };
  end("s", ComputeThread(rank), ready_ns);
  end("f", CommunicationThread(rank), start_ns);
}

// An arrow across the whole trace ("s":"g").
void TraceWriter::AddEndNote(int64_t at_ns) {
  Add(absl::StrCat("{\"ph\":\"i\",\"s\":\"g\",\"name\":\"the trace ends after ",
                   options_.max_steps, " steps, the run goes on\",\"pid\":",
                   ProcessOf(0), ",\"tid\":", ComputeThread(0),
                   ",\"ts\":", Microseconds(Aligned(at_ns, 0)), "}"));
}

absl::Status TraceWriter::AddSteps(
    int64_t epoch, int64_t first_step,
    const std::vector<std::vector<StepTiming>>& timings) {
  if (fd_ < 0) return absl::InternalError(path_ + " is closed");
  const absl::Status shape = CheckShape(timings, clocks_.size());
  if (!shape.ok()) return shape;
  const size_t steps = timings.empty() ? 0 : timings[0].size();
  for (size_t i = 0; i < steps && !is_full_; ++i) {
    if (!has_origin_) StartAt(timings);
    is_full_ = steps_ == options_.max_steps;
    if (is_full_) {
      AddEndNote(timings[0][i].begin_ns);
      break;
    }
    ++steps_;
    for (size_t rank = 0; rank < timings.size(); ++rank)
      AddStep(epoch, first_step + i, rank, timings[rank][i]);
    if (events_.size() < kBufferBytes) continue;
    const absl::Status status = Flush();
    if (!status.ok()) return status;
  }
  return Flush();
}

void TraceWriter::StartAt(const std::vector<std::vector<StepTiming>>& timings) {
  has_origin_ = true;
  int64_t first = INT64_MAX;
  for (size_t rank = 0; rank < timings.size(); ++rank)
    first = std::min(first, Aligned(timings[rank][0].begin_ns, rank));
  origin_ns_ = first;
}

void TraceWriter::Add(const std::string& event) {
  absl::StrAppend(&events_, size_ + events_.size() == 0 ? kOpening : ",", "\n",
                  event);
}

// Overwrites the closing bracket and writes another one.
absl::Status TraceWriter::Flush() {
  if (events_.empty()) return absl::OkStatus();
  const std::string events = std::exchange(events_, "");
  const int error = WriteAll(fd_, events + kClosing, size_);
  if (error == 0) {
    size_ += events.size();
    return absl::OkStatus();
  }
  is_full_ = true;
  // What stood there becomes whole again; its bytes need no new space.
  WriteAll(fd_, kClosing, size_);
  if (ftruncate(fd_, size_ + sizeof(kClosing) - 1) != 0)
    return ErrnoStatus(errno, "cannot cut back", path_);
  return ErrnoStatus(error, "cannot write", path_);
}

absl::Status TraceWriter::Close() {
  if (fd_ < 0) return absl::OkStatus();
  const absl::Status status = Flush();
  const int closed = close(std::exchange(fd_, -1));
  if (!status.ok()) return status;
  return closed == 0 ? status : ErrnoStatus(errno, "cannot write", path_);
}

}  // namespace lockstep
