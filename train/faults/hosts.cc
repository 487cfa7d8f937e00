#include "train/faults/hosts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr int kOwn = CLONE_NEWNS | CLONE_NEWNET;

bool WriteTo(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// As root; or as a user who is root in a namespace of his own.
absl::Status EnterNamespaces() {
  if (unshare(kOwn) == 0) return absl::OkStatus();
  const int user = getuid(), group = getgid();
  if (unshare(kOwn | CLONE_NEWUSER) != 0)
    return absl::UnavailableError(
        absl::StrCat("no namespaces for this user: ", strerror(errno)));
  if (!WriteTo("/proc/self/uid_map", absl::StrCat("0 ", user, " 1")) ||
      !WriteTo("/proc/self/setgroups", "deny") ||
      !WriteTo("/proc/self/gid_map", absl::StrCat("0 ", group, " 1")))
    return absl::UnavailableError("cannot become root in a user namespace");
  return absl::OkStatus();
}

std::string AddHost(int n) {
  return absl::StrCat(
      "ip netns add n", n, "; ip link add v", n,
      " type veth peer name eth0 netns n", n, "; ip link set v", n,
      " master br0 up; ip -n n", n, " link set lo up; ip -n n", n, " addr add ",
      HostAddress(n), "/24 dev eth0; ip -n n", n, " link set eth0 up; ");
}

}  // namespace

absl::StatusOr<std::string> ShellOutput(const std::string& command) {
  FILE* pipe = popen(
      absl::StrCat("export PATH=$PATH:/usr/sbin:/sbin; exec 2>&1; set -e; ",
                   command)
          .c_str(),
      "r");
  if (pipe == nullptr) return absl::InternalError("cannot start a shell");
  char buffer[4096];
  std::string out;
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe))
    out.append(buffer, size);
  if (pclose(pipe) == 0) return out;
  return absl::InternalError(absl::StrCat(command, ": ", out));
}

absl::Status RunShell(const std::string& command) {
  return ShellOutput(command).status();
}

absl::Status MakeHosts(int count) {
  const absl::Status status = EnterNamespaces();
  if (!status.ok()) return status;
  std::string script =
      "mount --make-rprivate /; mount -t tmpfs none /run; mkdir /run/netns; "
      "ip link set lo up; ip link add br0 type bridge; "
      "ip addr add 10.77.0.254/24 dev br0; ip link set br0 up; ";
  for (int n = 0; n < count; ++n) script += AddHost(n);
  const absl::Status made = RunShell(script);
  return made.ok() ? made : absl::UnavailableError(made.message());
}

std::string OnHost(int number) {
  return absl::StrCat("nsenter --net=/run/netns/n", number, " -- ");
}

std::string HostAddress(int number) {
  return absl::StrCat("10.77.0.", number + 1);
}

}  // namespace lockstep
