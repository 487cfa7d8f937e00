#include "tools/cli/command_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/cli/exit_code.h"

namespace lockstep {
namespace {

constexpr absl::string_view kHelpFlag = "help";

// Number of single-character edits between two words.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The group of a flag: the bracketed first word of its help, "" without one.
absl::string_view GroupOf(absl::string_view help) {
  const size_t end = help.find(']');
  if (!absl::StartsWith(help, "[") || end == absl::string_view::npos) return "";
  return help.substr(1, end - 1);
}

struct GroupedFlag {
  std::string group, name, help, default_value, value;
};

// Every flag of ours, sorted by name.
std::vector<GroupedFlag> GroupedFlags() {
  std::vector<GroupedFlag> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    const std::string help = flag->Help();
    const absl::string_view group = GroupOf(help);
    if (group.empty()) continue;
    flags.push_back(
        {std::string(group), std::string(name),
         std::string(absl::StripAsciiWhitespace(help.substr(group.size() + 2))),
         flag->DefaultValue(), flag->CurrentValue()});
  }
  std::sort(flags.begin(), flags.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return flags;
}

absl::Status UnknownFlag(absl::string_view name) {
  std::string nearest;
  size_t best = 4;  // further away than three edits is another word
  for (const GroupedFlag& flag : GroupedFlags()) {
    const size_t distance = EditDistance(name, flag.name);
    if (distance < best) best = distance, nearest = flag.name;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown flag --", name,
      nearest.empty() ? "; --help lists all"
                      : absl::StrCat("; did you mean --", nearest, "?")));
}

absl::Status SetFlag(absl::CommandLineFlag& flag, absl::string_view value) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "illegal value '", value, "' for --", flag.Name(),
      error.empty() ? "" : ": ",
      absl::StripSuffix(
          error.substr(std::min(error.size(), error.rfind(';') + 1)), "\n")));
}

// `text` in lines of at most 80 columns, 8 of them indent.
std::string Wrapped(absl::string_view text) {
  constexpr size_t kIndent = 8, kWidth = 80;
  std::string lines, line(kIndent, ' ');
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (line.size() > kIndent && line.size() + 1 + word.size() > kWidth) {
      absl::StrAppend(&lines, line, "\n");
      line.assign(kIndent, ' ');
    }
    absl::StrAppend(&line, line.size() > kIndent ? " " : "", word);
  }
  return absl::StrCat(lines, line, "\n");
}

// One argument split at '='; has_value tells "--x=" from "--x".
struct Argument {
  absl::string_view name, value;
  bool has_value;
};

Argument SplitArgument(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  absl::ConsumePrefix(&text, "-");
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return {text, "", false};
  return {text.substr(0, equals), text.substr(equals + 1), true};
}

// Handles "--name" and "--noname" of a bool flag; false if it is not one.
bool SetBoolFlag(const Argument& argument, absl::Status& status) {
  absl::string_view name = argument.name;
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  const char* value = "true";
  if (flag == nullptr && absl::ConsumePrefix(&name, "no")) {
    flag = absl::FindCommandLineFlag(name);
    value = "false";
  }
  if (flag == nullptr || !flag->IsOfType<bool>()) return false;
  status = SetFlag(*flag, value);
  return true;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseCommandLine(int argc,
                                                          char** argv) {
  std::vector<std::string> positional;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view text = argv[i];
    if (text == "--") {
      positional.insert(positional.end(), argv + i + 1, argv + argc);
      break;
    }
    if (text.size() < 2 || text[0] != '-') {
      positional.emplace_back(text);
      continue;
    }
    Argument argument = SplitArgument(text);
    absl::Status status;
    if (!argument.has_value && SetBoolFlag(argument, status)) {
      if (!status.ok()) return status;
      continue;
    }
    absl::CommandLineFlag* flag = absl::FindCommandLineFlag(argument.name);
    if (flag == nullptr) return UnknownFlag(argument.name);
    if (!argument.has_value) {
      if (i + 1 == argc)
        return absl::InvalidArgumentError(
            absl::StrCat("--", argument.name, " needs a value"));
      argument.value = argv[++i];
    }
    status = SetFlag(*flag, argument.value);
    if (!status.ok()) return status;
  }
  return positional;
}

std::string HelpText(absl::string_view program, absl::string_view purpose) {
  std::map<std::string, std::string> groups;
  for (const GroupedFlag& flag : GroupedFlags()) {
    absl::StrAppend(&groups[flag.group], "  --", flag.name, " (",
                    flag.default_value.empty() ? "unset" : flag.default_value,
                    ")\n", Wrapped(flag.help));
  }
  std::string text = absl::StrCat(program, ": ", purpose, "\n");
  for (const auto& [group, lines] : groups)
    absl::StrAppend(&text, "\n", group, ":\n", lines);
  return absl::StrCat(
      text,
      "\nDefaults stand in parentheses. Exit codes: 0 success, 1 failed, 2 "
      "wrong usage or\nbad input, 3 a peer failed, 4 rendezvous timed out, 75 "
      "preempted after a checkpoint.\n");
}

std::map<std::string, std::string> GroupedFlagValues() {
  std::map<std::string, std::string> values;
  for (const GroupedFlag& flag : GroupedFlags()) values[flag.name] = flag.value;
  return values;
}

void SetFlagValue(const std::string& name, const std::string& value) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  std::string error;
  if (flag == nullptr || !flag->ParseFrom(value, &error)) std::abort();
}

int RunMain(
    int argc, char** argv, absl::string_view purpose,
    const std::function<absl::Status(const std::vector<std::string>&)>& body) {
  const std::string path = argv[0];
  const std::string program = path.substr(path.rfind('/') + 1);
  for (int i = 1; i < argc && absl::string_view(argv[i]) != "--"; ++i) {
    if (SplitArgument(argv[i]).name == kHelpFlag && argv[i][0] == '-') {
      std::fputs(HelpText(program, purpose).c_str(), stdout);
      return kExitOk;
    }
  }
  absl::StatusOr<std::vector<std::string>> arguments =
      ParseCommandLine(argc, argv);
  absl::Status status = arguments.ok() ? body(*arguments) : arguments.status();
  if (status.ok() && std::fflush(stdout) != 0)
    status = absl::InternalError("standard output could not be written");
  // A failure without a message has been reported by somebody else.
  if (!status.message().empty())
    std::fprintf(stderr, "%s\n", ErrorLine(program, status).c_str());
  return ExitCodeFor(status);
}

std::string ResolveUserPath(const std::string& path) {
  const char* user = std::getenv("BUILD_WORKING_DIRECTORY");
  if (path.empty() || path[0] == '/' || user == nullptr) return path;
  return absl::StrCat(user, "/", path);
}

absl::Status CheckOneOf(absl::string_view flag, absl::string_view value,
                        const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("illegal value '", value, "' for --", flag,
                   ": expected one of ", absl::StrJoin(allowed, ", ")));
}

absl::Status CheckRange(absl::string_view flag, double value, double low,
                        double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("illegal value '", value, "' for --", flag,
                   ": expected a number from ", low, " to ", high));
}

}  // namespace lockstep
