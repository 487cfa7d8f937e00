#include "train/lifeline/message.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr uint64_t kMagic = 0x4c4c;  // "LL"
constexpr uint64_t kVersion = 1;
constexpr size_t kLengthBytes = 4;

void PutNumber(uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(value >> (8 * i) & 0xff);
}

void PutText(const std::string& text, size_t max_bytes, std::string* out) {
  const std::string line = OneLine(text, max_bytes);
  PutNumber(line.size(), 2, out);
  out->append(line);
}

// Takes fields off the front of bytes; zero and "" once they are at their end.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view bytes) : left_(bytes) {}

  uint64_t Number(int bytes) {
    const absl::string_view field = Take(bytes);
    uint64_t value = 0;
    for (size_t i = 0; i < field.size(); ++i)
      value |= uint64_t{static_cast<unsigned char>(field[i])} << (8 * i);
    return value;
  }

  std::string Text(size_t max_bytes) {
    const size_t size = Number(2);
    if (size > max_bytes) ok_ = false;
    return OneLine(Take(size), max_bytes);
  }

  // Every field was there and nothing is left.
  bool Complete() const { return ok_ && left_.empty(); }

 private:
  absl::string_view Take(size_t bytes) {
    if (bytes > left_.size()) ok_ = false;
    if (!ok_) return "";
    const absl::string_view field = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return field;
  }

  absl::string_view left_;
  bool ok_ = true;
};

absl::StatusOr<Message> Decode(absl::string_view frame) {
  FieldReader read(frame);
  if (read.Number(2) != kMagic)
    return absl::InvalidArgumentError("not a lifeline message");
  const uint64_t version = read.Number(1);
  if (version != kVersion)
    return absl::InvalidArgumentError(
        absl::StrCat("a lifeline message of version ", version, ", not ",
                     kVersion, "; run the same build on all hosts"));
  const uint64_t type = read.Number(1);
  if (type < Message::kHello || type > Message::kGoodbye)
    return absl::InvalidArgumentError(
        absl::StrCat("a lifeline message of unknown type ", type));
  Message m;
  m.type = static_cast<Message::Type>(type);
  m.who.rank = static_cast<int32_t>(read.Number(4));
  m.who.pid = static_cast<int32_t>(read.Number(4));
  for (int64_t* field : {&m.progress.ticks, &m.progress.step,
                         &m.progress.position, &m.sent_ns, &m.server_ns})
    *field = static_cast<int64_t>(read.Number(8));
  m.who.host = read.Text(kMaxHost);
  m.progress.phase = read.Text(kMaxPhase);
  m.text = read.Text(kMaxText);
  if (!read.Complete())
    return absl::InvalidArgumentError("a lifeline message of a wrong length");
  return m;
}

}  // namespace

std::string Encode(const Message& m) {
  std::string frame;
  PutNumber(kMagic, 2, &frame);
  PutNumber(kVersion, 1, &frame);
  PutNumber(m.type, 1, &frame);
  PutNumber(m.who.rank, 4, &frame);
  PutNumber(m.who.pid, 4, &frame);
  for (int64_t field : {m.progress.ticks, m.progress.step, m.progress.position,
                        m.sent_ns, m.server_ns})
    PutNumber(field, 8, &frame);
  PutText(m.who.host, kMaxHost, &frame);
  PutText(m.progress.phase, kMaxPhase, &frame);
  PutText(m.text, kMaxText, &frame);
  std::string with_length;
  PutNumber(frame.size(), kLengthBytes, &with_length);
  return with_length + frame;
}

absl::Status MessageReader::Read(absl::string_view bytes,
                                 std::vector<Message>* messages) {
  while (true) {
    // One frame's bytes at a time, so that the buffer never holds more.
    const bool has_length = buffer_.size() >= kLengthBytes;
    const size_t size =
        has_length ? FieldReader(buffer_).Number(kLengthBytes) : 0;
    if (size > kMaxFrame)
      return absl::InvalidArgumentError(
          absl::StrCat("a lifeline message of ", size, " bytes, over the ",
                       kMaxFrame, " that any has"));
    const size_t wanted = kLengthBytes + size;
    const size_t taken = std::min(wanted - buffer_.size(), bytes.size());
    absl::StrAppend(&buffer_, bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (buffer_.size() < wanted) return absl::OkStatus();
    if (!has_length) continue;
    absl::StatusOr<Message> message =
        Decode(absl::string_view(buffer_).substr(kLengthBytes));
    if (!message.ok()) return message.status();
    messages->push_back(*std::move(message));
    buffer_.clear();
  }
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  unsigned char difference = a.size() != b.size();
  for (size_t i = 0; i < a.size() && !b.empty(); ++i)
    difference |= a[i] ^ b[i % b.size()];
  return difference == 0;
}

}  // namespace lockstep
