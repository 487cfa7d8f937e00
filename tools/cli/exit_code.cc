#include "tools/cli/exit_code.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lockstep {

ExitCode ExitCodeFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return kExitUsage;
    case absl::StatusCode::kUnavailable:
      return kExitPeerFailed;
    case absl::StatusCode::kDeadlineExceeded:
      return kExitRendezvous;
    case absl::StatusCode::kCancelled:
      return kExitPreempted;
    default:
      return kExitFailed;
  }
}

std::string ErrorLine(const std::string& program, const absl::Status& status) {
  return absl::StrCat(
      program, ": error: ",
      absl::StrReplaceAll(status.message(), {{"\r", " "}, {"\n", " "}}));
}

}  // namespace lockstep
