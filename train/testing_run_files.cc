#include "train/testing_run_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/record_io.h"
#include "tools/cli/file.h"

namespace lockstep {

std::string Checksum(const std::string& out) {
  const size_t at = out.find("crc32c=");
  return at == out.npos ? "none" : out.substr(at, 15);
}

std::string LogOf(const std::string& folder) {
  std::string lines;
  const std::string csv = ReadFile(folder + "/log.csv").value_or("none");
  for (absl::string_view line : absl::StrSplit(csv, '\n'))
    absl::StrAppend(&lines, line.substr(0, line.rfind(',')), "\n");
  return lines;
}

std::vector<Record> RecordsIn(const std::string& folder) {
  std::vector<Record> records;
  for (int n = 1;; ++n) {
    const std::string name = n == 1 ? "run" : absl::StrCat("run-", n);
    const auto file = ReadRecordFile(absl::StrCat(folder, "/", name, ".rec"));
    if (!file.ok()) return records;
    records.insert(records.end(), file->records.begin(), file->records.end());
  }
}

End EndOf(const std::string& folder) {
  const auto records = RecordsIn(folder);
  return records.empty() ? End() : records.back().end();
}

std::vector<std::string> Checkpoints(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const auto& file :
       std::filesystem::directory_iterator(folder + "/checkpoint", ignored))
    if (file.path().extension() == ".ckpt") paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace lockstep
