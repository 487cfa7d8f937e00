// What a fuzzer feeds with bytes: what reads a record, and all tables of it,
// must take or refuse any, and not crash, leak or take more memory than the
// file.
//
//   bazel build --config=fuzz //analysis:record_fuzz
//   bazel-bin/analysis/record_fuzz FOLDER_OF_RECORDS
//
// record_fuzz_test runs it on mutations of real records wherever tests run.
// Checksums would stop nearly every mutation, so the fuzzed bytes are payloads,
// each behind its length in two bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/read.h"
#include "analysis/report.h"
#include "analysis/run.h"
#include "proto/record_io.h"

namespace {

using namespace lockstep;

std::string Framed(absl::string_view bytes) {
  std::string file;
  while (bytes.size() >= 2) {
    const size_t length =
        static_cast<uint8_t>(bytes[0]) + 256 * static_cast<uint8_t>(bytes[1]);
    file += FrameRecord(bytes.substr(2, length));
    bytes.remove_prefix(std::min(bytes.size(), length + 2));
  }
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
  Tabulate(ParseRecords(Framed(bytes), "a.rec").records);
  return 0;
}
