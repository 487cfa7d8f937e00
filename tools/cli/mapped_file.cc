#include "tools/cli/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/file.h"

namespace lockstep {

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path,
                                            size_t max_bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "cannot open", path);
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  struct stat status;
  if (fstat(file, &status) != 0) return ErrnoStatus(errno, "cannot read", path);
  const size_t size = status.st_size;
  if (!S_ISREG(status.st_mode) || size > max_bytes)
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": not a regular file of at most ", max_bytes, " bytes"));
  if (size == 0) return MappedFile(nullptr, 0);
  void* data =
      mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (data == MAP_FAILED) return ErrnoStatus(errno, "cannot map", path);
  return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace lockstep
