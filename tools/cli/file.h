// Files that are whole or absent: read everything, replace atomically.

#ifndef LOCKSTEP_TOOLS_CLI_FILE_H_
#define LOCKSTEP_TOOLS_CLI_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep {

// The whole file. NotFound, PermissionDenied or InvalidArgument (a folder, a
// device, over `max_bytes`) name the path; other failures of the system are
// Internal.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes = size_t{4} << 30);

// Writes `content` to a temporary file beside `path`, syncs it and renames it:
// a reader, a crash or a full disk never sees half of it, and what was at
// `path` before stays until the new file is whole.
absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view content);

// Makes `path` and its parents and checks that files can be made in it, so that
// a read-only place is refused before any work is done. PermissionDenied or
// InvalidArgument name the folder.
absl::Status MakeWritableDirectory(const std::string& path);

// The status for errno `error` of doing `what` ("cannot open") to `path`.
absl::Status ErrnoStatus(int error, absl::string_view what,
                         const std::string& path);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_FILE_H_
