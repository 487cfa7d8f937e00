#include "report/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
// A nameless file that is gone when it closes. Files, not pipes: neither side
// can wait for the other.
using TemporaryFile = std::unique_ptr<std::FILE, CloseFile>;

std::string ReadAll(std::FILE* file) {
  std::string content;
  char buffer[1 << 16];
  std::rewind(file);
  while (const size_t n = std::fread(buffer, 1, sizeof(buffer), file))
    content.append(buffer, n);
  return content;
}

// Starts gnuplot on the three files; its process id, or the error.
absl::StatusOr<pid_t> Spawn(std::FILE* in, std::FILE* out, std::FILE* error) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in), 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
  posix_spawn_file_actions_adddup2(&actions, fileno(error), 2);
  char program[] = "gnuplot";
  char* const arguments[] = {program, nullptr};
  pid_t pid;
  const int failure =
      posix_spawnp(&pid, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT)
    return absl::NotFoundError(
        "gnuplot is not in PATH; install it (apt-get install gnuplot-nox)");
  if (failure != 0) return ErrnoStatus(failure, "cannot run", program);
  return pid;
}

// Waits for the child; true if it ended well.
bool Succeeded(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// gnuplot's message follows the command and a caret below it.
std::string LastLine(const std::string& text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  if (stripped.empty()) return "it says nothing";
  const std::vector<absl::string_view> lines = absl::StrSplit(stripped, '\n');
  return std::string(absl::StripAsciiWhitespace(lines.back()));
}

// Runs `script`; what it printed.
absl::StatusOr<std::string> RunGnuplot(const std::string& script) {
  const TemporaryFile in(std::tmpfile()), out(std::tmpfile()),
      error(std::tmpfile());
  if (!in || !out || !error)
    return ErrnoStatus(errno, "cannot make a temporary file in", P_tmpdir);
  std::fwrite(script.data(), 1, script.size(), in.get());
  std::rewind(in.get());
  const absl::StatusOr<pid_t> pid = Spawn(in.get(), out.get(), error.get());
  if (!pid.ok()) return pid.status();
  if (!Succeeded(*pid))
    return absl::InternalError(
        absl::StrCat("gnuplot failed: ", LastLine(ReadAll(error.get()))));
  return ReadAll(out.get());
}

// Only the <svg> element, with every id and every use of one made the figure's.
absl::StatusOr<std::string> ForHtml(const std::string& document,
                                    const std::string& name) {
  const size_t begin = document.find("<svg");
  const size_t end = document.rfind("</svg>");
  if (begin == std::string::npos || end == std::string::npos)
    return absl::InternalError("gnuplot drew no <svg> element");
  return absl::StrReplaceAll(
      document.substr(begin, end + 6 - begin),
      {{"<title>Gnuplot</title>", ""},  // what a pointer would show
       {" id=\"", absl::StrCat(" id=\"", name, "_")},
       {" id='", absl::StrCat(" id='", name, "_")},
       {"url(#", absl::StrCat("url(#", name, "_")},
       {"href='#", absl::StrCat("href='#", name, "_")},
       {"href=\"#", absl::StrCat("href=\"#", name, "_")}});
}

}  // namespace

std::string GnuplotString(absl::string_view text) {
  return absl::StrCat(
      "'", absl::StrReplaceAll(text, {{"'", "''"}, {"\n", " "}, {"\r", " "}}),
      "'");
}

absl::StatusOr<std::string> DrawSvg(const std::string& script,
                                    const std::string& name, int width,
                                    int height) {
  const absl::StatusOr<std::string> document = RunGnuplot(absl::StrCat(
      "set terminal svg size ", width, ",", height,
      " dynamic noenhanced font 'sans-serif,14' background '#ffffff'\n",
      script));
  if (!document.ok()) return document.status();
  return ForHtml(*document, name);
}

}  // namespace lockstep
