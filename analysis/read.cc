#include "analysis/read.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/read_reported.h"
#include "analysis/reported/reported_records.h"
#include "proto/record_io.h"
#include "tools/cli/file.h"
#include "tools/cli/mapped_file.h"

namespace lockstep::analysis {
namespace {

namespace fs = std::filesystem;

constexpr char kExtension[] = ".rec";

// A pipe or a device may have no end.
absl::Status NotAFile(const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, " is neither a file nor a folder; copy it to a file"));
}

// Adds the records below `folder` to `files`.
absl::Status FindRecords(const std::string& folder,
                         std::set<std::string>& files) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() != kExtension || entry->is_directory(error))
      continue;
    const std::string path = entry->path().string();
    if (entry->is_other(error)) return NotAFile(path);
    files.insert(path);
  }
  if (error) return ErrnoStatus(error.value(), "cannot search", folder);
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> FindFiles(
    const std::vector<std::string>& paths) {
  std::set<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
      return absl::NotFoundError(
          absl::StrCat(path, " does not exist; expected a record (*",
                       kExtension, ") or a folder of records"));
    if (fs::is_regular_file(status)) {
      files.insert(path);
      continue;
    }
    if (!fs::is_directory(status)) return NotAFile(path);
    const absl::Status found = FindRecords(path, files);
    if (!found.ok()) return found;
  }
  if (files.empty())
    return absl::NotFoundError(absl::StrCat(
        "no record (*", kExtension, ") in ", absl::StrJoin(paths, ", "),
        "; a run writes one with --output_dir"));
  return files;
}

// The name under which a file is known, however it was reached.
std::string CanonicalName(const std::string& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  return error ? path : canonical.string();
}

// What a reader is chosen by.
constexpr size_t kBeginning = 65536;

std::string BeginningOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string begin(kBeginning, '\0');
  file.read(begin.data(), begin.size());
  begin.resize(file.gcount());
  return begin;
}

// What rows of the table in `path` are called: the file's name without its
// folder, unless another table has the same.
std::string TableName(const std::string& path, const RunsRead& read) {
  const std::string name = fs::path(path).filename().string();
  for (const ReportedTable& table : read.reported)
    if (table.source == name) return path;
  return name;
}

// Calls the table and its rows, "path:3", by another name.
void Rename(const std::string& path, const std::string& name,
            ReportedTable& table) {
  table.source = name;
  for (ReportedRow& row : table.rows)
    if (absl::StartsWith(row.source, path))
      row.source = absl::StrCat(name, row.source.substr(path.size()));
}

// Reads `path` with `reader`, and the runs that it reports.
absl::Status ReadTable(const ReportedReader& reader, const std::string& path,
                       RunsRead& read) {
  const absl::StatusOr<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<ReportedTable> table = reader.parse(file->bytes(), path);
  if (!table.ok()) return table.status();
  Rename(path, TableName(path, read), *table);
  for (std::string& note : FillAssumptions(*table))
    table->notes.push_back(std::move(note));
  absl::StatusOr<std::vector<Run>> runs = RunsOf(*table);
  if (!runs.ok()) return runs.status();
  for (Run& run : *runs) read.runs.push_back(std::move(run));
  read.reported.push_back(*std::move(table));
  return absl::OkStatus();
}

// Reads `path` if it is a trace or a result of nccl-tests; whether it is.
absl::StatusOr<bool> ReadCollectives(const std::string& path,
                                     absl::string_view begin, RunsRead& read) {
  const bool is_trace = LooksLikeTrace(begin);
  if (!is_trace && !LooksLikeNcclTests(begin)) return false;
  const absl::StatusOr<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  if (is_trace) {
    absl::StatusOr<Trace> trace = ReadTrace(file->bytes(), path);
    if (!trace.ok()) return trace.status();
    read.traces.push_back(*std::move(trace));
    return true;
  }
  absl::StatusOr<CollectiveTable> table = ReadNcclTests(file->bytes(), path);
  if (!table.ok()) return table.status();
  read.collectives.push_back(*std::move(table));
  return true;
}

absl::StatusOr<Run> ReadRun(const std::string& path,
                            std::vector<std::string>& warnings) {
  const absl::StatusOr<RecordFile> file = ReadRecordFile(path);
  if (!file.ok()) return file.status();
  if (file->records.empty() && !file->problem.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a run record: ", file->problem.message()));
  if (!file->problem.ok())
    warnings.push_back(absl::StrCat(file->problem.message(), "; the ",
                                    file->records.size(),
                                    " records before it are used"));
  return RunOfRecords(file->records, path);
}

}  // namespace

absl::StatusOr<RunsRead> ReadRuns(const std::vector<std::string>& paths) {
  const auto files = FindFiles(paths);
  if (!files.ok()) return files.status();
  RunsRead read;
  std::set<std::string> names;
  std::map<std::string, std::string> path_of_id;
  for (const std::string& path : *files) {
    if (!names.insert(CanonicalName(path)).second) continue;
    const std::string begin = BeginningOf(path);
    const absl::StatusOr<bool> collectives = ReadCollectives(path, begin, read);
    if (!collectives.ok()) return collectives.status();
    if (*collectives) continue;
    if (const ReportedReader* reader = FindReader(begin)) {
      const absl::Status table = ReadTable(*reader, path, read);
      if (!table.ok()) return table;
      continue;
    }
    absl::StatusOr<Run> run = ReadRun(path, read.warnings);
    if (!run.ok()) return run.status();
    const auto [first, is_new] = path_of_id.emplace(run->id, path);
    if (!is_new && run->left_out.empty())
      run->left_out =
          absl::StrCat("it is a copy: ", first->second, " is the same run");
    read.runs.push_back(*std::move(run));
  }
  return read;
}

}  // namespace lockstep::analysis
