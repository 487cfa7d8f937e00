// What a fuzzer feeds with bytes: what reads a record, and all tables of it,
// must take or refuse any, and not crash, leak or take more memory than the
// file.
// Checksums would stop nearly every mutation, so the fuzzed bytes are payloads,
// each behind its length in two bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/read.h"
#include "analysis/report.h"
#include "analysis/run.h"
#include "proto/record_io.h"
#include "tools/fuzzing/parts.h"

namespace {

using namespace lockstep;

std::string Framed(const std::vector<absl::string_view>& payloads) {
  std::string file;
  for (const absl::string_view payload : payloads) file += FrameRecord(payload);
  return file;
}

void Tabulate(const std::vector<Record>& records) {
  const auto run = analysis::RunOfRecords(records, "a.rec");
  if (!run.ok()) return;
  analysis::RunsRead read;
  read.runs.push_back(*run);
  const analysis::Report report = analysis::MakeReport(read, {});
  analysis::Rendered(report, "markdown");
  analysis::Rendered(report, "csv");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  ParseRecords(bytes, "a.rec");
  Tabulate(ParseRecords(Framed(Parts(bytes)), "a.rec").records);
  return 0;
}
