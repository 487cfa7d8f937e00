// The environment as a launcher left it, read with one error for all of it.

#ifndef LOCKSTEP_TRAIN_LAUNCH_ENVIRONMENT_READER_H_
#define LOCKSTEP_TRAIN_LAUNCH_ENVIRONMENT_READER_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "train/launch/launch_info.h"

namespace lockstep {

// The value of an environment variable, or nothing.
using Environment =
    std::function<std::optional<std::string>(const std::string&)>;

// The process's own environment.
Environment ProcessEnvironment();

// Reads one launcher's set of variables and remembers the first mistake, which
// names the variable; after it every call returns something harmless. Holds
// references to its arguments.
class EnvironmentReader {
 public:
  // `launcher` is how messages call it.
  EnvironmentReader(const Environment& environment, const char* launcher)
      : environment_(environment), launcher_(launcher) {}

  bool Has(const char* name) const { return environment_(name).has_value(); }

  // A variable that must be there.
  std::string Text(const char* name);

  std::string TextOr(const char* name, const char* otherwise) const {
    return environment_(name).value_or(otherwise);
  }

  // A number in [low, high] that must be there; `low` after a mistake.
  int Number(const char* name, int low, int high);

  // A number that may be absent.
  int NumberOr(const char* name, int otherwise) {
    return Has(name) ? Number(name, 0, kMany) : otherwise;
  }

  // What `expand` makes of a packed list.
  template <typename Expand>
  auto List(const char* name, Expand expand) ->
      typename decltype(expand(""))::value_type {
    const std::string text = Text(name);
    if (!status_.ok()) return {};
    auto list = expand(text);
    if (list.ok()) return *std::move(list);
    Fail(absl::StrCat(name, ": ", list.status().message()));
    return {};
  }

  // MASTER_ADDR and MASTER_PORT, which belong together.
  void Master(LaunchInfo& info);
  // The same where users may export them beside Slurm's or MPI's ranks.
  void MasterIfGiven(LaunchInfo& info);

  void Fail(const std::string& message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(message);
  }
  const absl::Status& status() const { return status_; }

  // `info`, or the first mistake on the way to it.
  absl::StatusOr<LaunchInfo> Checked(LaunchInfo info) const {
    if (!status_.ok()) return status_;
    return info;
  }

  // More ranks than anybody has.
  static constexpr int kMany = 1 << 24;

 private:
  const Environment& environment_;
  const char* const launcher_;
  absl::Status status_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_ENVIRONMENT_READER_H_
