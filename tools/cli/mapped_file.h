// A file's bytes without reading them first.

#ifndef LOCKSTEP_TOOLS_CLI_MAPPED_FILE_H_
#define LOCKSTEP_TOOLS_CLI_MAPPED_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// Read-only pages of a file. The file must not be cut short while they are
// read: the system ends a process that touches a page which is gone.
class MappedFile {
 public:
  // Errors as ReadFile's (file.h).
  static absl::StatusOr<MappedFile> Open(const std::string& path,
                                         size_t max_bytes = size_t{4} << 30);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  absl::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_MAPPED_FILE_H_
