#include "tools/cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

// Closes its file descriptor when it goes.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status WriteAll(int fd, absl::string_view content,
                      const std::string& path) {
  while (!content.empty()) {
    const ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot write", path);
    content.remove_prefix(n);
  }
  if (fsync(fd) != 0 && errno != EINVAL)
    return ErrnoStatus(errno, "cannot write", path);
  return absl::OkStatus();
}

}  // namespace

absl::Status ErrnoStatus(int error, absl::string_view what,
                         const std::string& path) {
  const std::string message =
      absl::StrCat(what, " ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case EISDIR:
    case ENOTDIR:
    case EEXIST:
    case ENAMETOOLONG:
    case EINVAL:
    case ELOOP:
      return absl::InvalidArgumentError(message);
    default:
      return absl::InternalError(message);
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes) {
  const ScopedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoStatus(errno, "cannot open", path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0)
    return ErrnoStatus(errno, "cannot read", path);
  if (S_ISDIR(info.st_mode)) return ErrnoStatus(EISDIR, "cannot read", path);
  // Some of them have no end.
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is a device, not a file"));
  const absl::Status too_large = absl::InvalidArgumentError(
      absl::StrCat(path, " is larger than ", max_bytes, " bytes"));
  if (S_ISREG(info.st_mode) && info.st_size > max_bytes) return too_large;
  std::string content;
  content.reserve(info.st_size);
  char buffer[1 << 16];
  while (true) {
    const ssize_t n = read(fd.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read", path);
    if (n == 0) return content;
    if (content.size() + n > max_bytes) return too_large;
    content.append(buffer, n);
  }
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view content) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  absl::Status status;
  {
    const ScopedFd fd(open(temporary.c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (fd.get() < 0) return ErrnoStatus(errno, "cannot write", path);
    status = WriteAll(fd.get(), content, path);
  }
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0)
    status = ErrnoStatus(errno, "cannot write", path);
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

absl::Status MakeWritableDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return ErrnoStatus(error.value(), "cannot make directory", path);
  // access() says yes to root on a read-only mount; making a file does not.
  const std::string probe = absl::StrCat(path, "/.probe.", getpid());
  const ScopedFd fd(open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (fd.get() < 0) return ErrnoStatus(errno, "cannot write to", path);
  unlink(probe.c_str());
  return absl::OkStatus();
}

}  // namespace lockstep
