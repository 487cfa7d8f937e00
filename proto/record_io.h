// Reading and writing .rec files: TFRecord frames around lockstep.Record.
//
// Frame: uint64 length, uint32 masked CRC32C of those 8 bytes, the payload,
// uint32 masked CRC32C of the payload; little-endian. Masked = rotate right by
// 15 and add 0xa282ead8. Other TFRecord tools read these files. Source:
// tensorflow/core/lib/io/record_writer.h.

#ifndef LOCKSTEP_PROTO_RECORD_IO_H_
#define LOCKSTEP_PROTO_RECORD_IO_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/run_record.pb.h"

namespace lockstep {

// `payload` as one frame.
std::string FrameRecord(absl::string_view payload);

// Takes the first frame off `bytes` and returns its payload, which points into
// them. DataLoss says what is wrong with the frame; `bytes` stay then.
absl::StatusOr<absl::string_view> TakeFrame(absl::string_view& bytes);

// Appends records to a file. One writer a file; not thread-safe.
class RecordWriter {
 public:
  // Creates `path`. AlreadyExists if there is something: a measurement is never
  // overwritten.
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Create(
      const std::string& path);
  // Opens a record that another process began, to add to it; what a kill left
  // of a torn last frame is cut off. Errors as ReadRecordFile.
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Reopen(
      const std::string& path);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // Appends one frame with one write(2): what a killed run leaves is whole up
  // to its last frame. After a failure (a full disk) the file is cut back to
  // the last whole frame. In text that is not UTF-8 (a path) its bytes over 127
  // become '?'.
  absl::Status Append(const Record& record);

  // Whether another process has added to the file since.
  bool IsContinuedByAnother() const;

 private:
  RecordWriter(int fd, std::string path, int64_t size)
      : fd_(fd), path_(std::move(path)), size_(size) {}

  const int fd_;
  const std::string path_;
  int64_t size_;  // bytes of whole frames written
};

// What a file held. `problem` is OK when the file ended after a whole frame;
// otherwise DataLoss with the file, the offset and what is wrong there, and
// `records` holds everything before it.
struct RecordFile {
  std::vector<Record> records;
  size_t valid_bytes = 0;  // of the whole frames in front
  absl::Status problem;
};

// Frames of `bytes`; `name` is what errors call it. Lengths are checked against
// what is there, so hostile input cannot ask for memory.
RecordFile ParseRecords(absl::string_view bytes, const std::string& name);

// A file that cannot be opened is an error; a damaged one is not (see
// `problem`).
absl::StatusOr<RecordFile> ReadRecordFile(const std::string& path);

}  // namespace lockstep

#endif  // LOCKSTEP_PROTO_RECORD_IO_H_
