// What a fuzzer feeds with bytes: a checkpoint is refused, or the same when
// written and read again. The fuzzed bytes are also taken as what is inside the
// frame: its checksum would stop nearly every mutation.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "proto/record_io.h"
#include "train/checkpoint.h"

namespace {

void Feed(absl::string_view bytes) {
  using namespace lockstep;
  const auto read = DecodeCheckpoint(bytes, "a.ckpt");
  if (!read.ok()) return;
  const auto again = DecodeCheckpoint(EncodeCheckpoint(*read), "b.ckpt");
  if (!again.ok() || again->flags != read->flags ||
      again->tensors != read->tensors ||
      again->rank_states != read->rank_states ||
      again->gradient_order != read->gradient_order ||
      again->position.steps != read->position.steps)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  Feed(bytes);
  Feed(lockstep::FrameRecord(bytes));
  return 0;
}
