#include "proto/record_io.h"

#include <errno.h>
#include <fcntl.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/stubs/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "isa-l/crc.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr size_t kCrcBytes = 4;
constexpr size_t kHeaderBytes = kLengthBytes + kCrcBytes;

uint32_t MaskedCrc32c(absl::string_view bytes) {
  // ISA-L takes a non-const pointer and leaves the final inversion to the
  // caller.
  auto* data =
      reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  const uint32_t crc = ~crc32_iscsi(data, bytes.size(), ~0u);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

template <typename T>
void AppendLittleEndian(T value, std::string& out) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
T LittleEndianAt(absl::string_view bytes, size_t offset) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= T{static_cast<uint8_t>(bytes[offset + i])} << (8 * i);
  return value;
}

absl::StatusOr<Record> TakeRecord(absl::string_view& bytes) {
  const absl::string_view before = bytes;
  const absl::StatusOr<absl::string_view> payload = TakeFrame(bytes);
  if (!payload.ok()) return payload.status();
  Record record;
  // Of text that is not UTF-8 the library would print lines of its own.
  const google::protobuf::LogSilencer silencer;
  if (record.ParseFromArray(payload->data(), payload->size())) return record;
  bytes = before;
  return absl::DataLossError("the frame is not a lockstep.Record");
}

// A path may be any bytes, and proto3 refuses to read a string that is not
// UTF-8: a folder's name would cost the whole record.
std::string Readable(std::string text) {
  if (!google::protobuf::internal::IsStructurallyValidUTF8(text.data(),
                                                           text.size()))
    for (char& c : text)
      if ((c & 0x80) != 0) c = '?';
  return text;
}

void MakeReadable(google::protobuf::Message* message);

void MakeReadable(const google::protobuf::FieldDescriptor* field,
                  google::protobuf::Message* message) {
  const auto* const r = message->GetReflection();
  const bool is_message = field->message_type() != nullptr;
  if (!is_message && field->type() != field->TYPE_STRING) return;
  const int count = field->is_repeated() ? r->FieldSize(*message, field) : 0;
  for (int i = 0; i < count; ++i)
    if (is_message)
      MakeReadable(r->MutableRepeatedMessage(message, field, i));
    else
      r->SetRepeatedString(message, field, i,
                           Readable(r->GetRepeatedString(*message, field, i)));
  if (field->is_repeated()) return;
  if (is_message)
    MakeReadable(r->MutableMessage(message, field));
  else
    r->SetString(message, field, Readable(r->GetString(*message, field)));
}

void MakeReadable(google::protobuf::Message* message) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const auto* field : fields) MakeReadable(field, message);
}

}  // namespace

std::string FrameRecord(absl::string_view payload) {
  std::string frame;
  frame.reserve(kHeaderBytes + payload.size() + kCrcBytes);
  AppendLittleEndian<uint64_t>(payload.size(), frame);
  AppendLittleEndian<uint32_t>(MaskedCrc32c(frame), frame);
  frame.append(payload.data(), payload.size());
  AppendLittleEndian<uint32_t>(MaskedCrc32c(payload), frame);
  return frame;
}

absl::StatusOr<absl::string_view> TakeFrame(absl::string_view& bytes) {
  if (bytes.size() < kHeaderBytes)
    return absl::DataLossError("truncated frame header");
  const auto length = LittleEndianAt<uint64_t>(bytes, 0);
  if (LittleEndianAt<uint32_t>(bytes, kLengthBytes) !=
      MaskedCrc32c(bytes.substr(0, kLengthBytes)))
    return absl::DataLossError("wrong checksum of the frame's length");
  const size_t available = bytes.size() - kHeaderBytes;
  if (available < kCrcBytes || length > available - kCrcBytes)
    return absl::DataLossError("truncated frame");
  const absl::string_view payload = bytes.substr(kHeaderBytes, length);
  if (LittleEndianAt<uint32_t>(bytes, kHeaderBytes + length) !=
      MaskedCrc32c(payload))
    return absl::DataLossError("wrong checksum of the frame");
  bytes.remove_prefix(kHeaderBytes + length + kCrcBytes);
  return payload;
}

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Create(
    const std::string& path) {
  const int fd = open(path.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST)
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        " exists and a record is never overwritten; choose another place "
        "or remove it"));
  if (fd < 0) return ErrnoStatus(errno, "cannot create", path);
  return std::unique_ptr<RecordWriter>(new RecordWriter(fd, path, 0));
}

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Reopen(
    const std::string& path) {
  const absl::StatusOr<RecordFile> file = ReadRecordFile(path);
  if (!file.ok()) return file.status();
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "cannot open", path);
  if (ftruncate(fd, file->valid_bytes) != 0) {
    // The torn tail stays in the way of readers; nothing written is lost.
  }
  return std::unique_ptr<RecordWriter>(
      new RecordWriter(fd, path, file->valid_bytes));
}

RecordWriter::~RecordWriter() { close(fd_); }

absl::Status RecordWriter::Append(const Record& record) {
  Record readable = record;
  MakeReadable(&readable);
  const std::string frame = FrameRecord(readable.SerializeAsString());
  const ssize_t written = write(fd_, frame.data(), frame.size());
  if (written == static_cast<ssize_t>(frame.size())) {
    size_ += written;
    return absl::OkStatus();
  }
  const int error = written < 0 ? errno : ENOSPC;
  if (ftruncate(fd_, size_) != 0) {
    // Nothing more can be done; the reader finds and reports the torn tail.
  }
  return ErrnoStatus(error, "cannot write", path_);
}

bool RecordWriter::IsContinuedByAnother() const {
  struct stat info;
  return fstat(fd_, &info) == 0 && info.st_size > size_;
}

RecordFile ParseRecords(absl::string_view bytes, const std::string& name) {
  RecordFile file;
  const size_t size = bytes.size();
  while (!bytes.empty()) {
    const size_t offset = size - bytes.size();
    absl::StatusOr<Record> record = TakeRecord(bytes);
    if (!record.ok()) {
      file.problem = absl::DataLossError(
          absl::StrCat(name, ": ", record.status().message(), " at offset ",
                       offset, " of ", size, " bytes"));
      break;
    }
    file.records.push_back(*std::move(record));
    file.valid_bytes = size - bytes.size();
  }
  return file;
}

absl::StatusOr<RecordFile> ReadRecordFile(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  return ParseRecords(*bytes, path);
}

}  // namespace lockstep
