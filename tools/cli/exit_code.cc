#include "tools/cli/exit_code.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr size_t kMaxLine = 4000;

}  // namespace

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
  std::string message(status.message().substr(0, kMaxLine));
  if (message.size() < status.message().size()) message += "...";
  for (char& c : message)
    if (absl::ascii_iscntrl(c)) c = ' ';
  return absl::StrCat(program, ": error: ", message);
}

}  // namespace lockstep
