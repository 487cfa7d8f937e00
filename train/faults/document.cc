#include "train/faults/document.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace lockstep {
namespace {

constexpr char kBeginning[] =
    R"(# What breaks, and what comes of it

A run ends in one of three ways: it completes with the parameters of an undisturbed run,
bit for bit; or all of its ranks end within 10 s with an exit code of the
[README](../README.md#what-a-run-leaves) and one line that names the first cause; or, when
rank 0 alone is still at work on the model, the others have their results and exit with 0.
A rank that is stopped (SIGSTOP) is given up after `--step_timeout`, 3 s here. Whatever
the end, the record can be read up to it, and `--resume` goes on from the newest
checkpoint to the parameters of the undisturbed run. No process is left.

This page is generated from a run of the matrix below: real processes of `//train:ddp`,
three ranks, each on a host (network namespace) of its own.

    bazel run //train/faults:fault_matrix -- --output docs/reliability.md
    bazel run //train/faults:fault_matrix -- --faults "kill -9" --phases end

`tools/test --all` runs it, too. How ranks learn of each other's ends is in
[architecture.md](architecture.md#how-a-run-ends).

## Moments

A preloaded library holds ranks there until the fault has struck, so that it strikes at
this moment on every machine.

)";

// The rank that the fault is done to.
constexpr char kVictims[] = R"(
The victim is rank 1; where only rank 0 is at work (checkpoint, end), kill, SIGSTOP and
exception strike rank 0. The full disk is always rank 0's.
)";

std::string PhaseTable() {
  std::string text = "| moment | |\n|---|---|\n";
  for (const PhaseRow& phase : Phases())
    absl::StrAppend(&text, "| ", phase.name, " | ", phase.moment, " |\n");
  return text;
}

std::string FaultTable() {
  std::string text = "| fault | |\n|---|---|\n";
  for (const FaultRow& fault : Faults())
    absl::StrAppend(&text, "| ", fault.name, " | ", fault.how, " |\n");
  return text;
}

std::string CellText(const Expectation& expected,
                     std::optional<double> seconds) {
  return absl::StrCat(
      Describe(expected), "; ",
      seconds ? absl::StrFormat("%.1f s", *seconds) : "not run");
}

std::string Matrix(const CellSeconds& seconds) {
  std::string text;
  for (size_t f = 0; f < Faults().size(); ++f) {
    const FaultRow& fault = Faults()[f];
    absl::StrAppend(&text, "\n**", fault.name, "**\n\n| moment | outcome |\n",
                    "|---|---|\n");
    for (size_t p = 0; p < Phases().size(); ++p)
      absl::StrAppend(
          &text, "| ", Phases()[p].name, " | ",
          CellText(ExpectationOf(fault, Phases()[p]), seconds[f][p]), " |\n");
  }
  return text;
}

}  // namespace

std::string ReliabilityDocument(const CellSeconds& seconds,
                                const std::string& where) {
  return absl::StrCat(
      kBeginning, PhaseTable(), kVictims, "\n## Faults\n\n", FaultTable(),
      "\n## The matrix\n\nSeconds are from the fault to the end of the last "
      "rank that was not stopped.\nMeasured: ",
      where, "\n", Matrix(seconds));
}

std::string WithoutMeasurements(const std::string& document) {
  std::string rest;
  for (absl::string_view line : absl::StrSplit(document, '\n')) {
    if (absl::StartsWith(line, "Measured: ")) continue;
    if (absl::EndsWith(line, " s |") || absl::EndsWith(line, "not run |"))
      line = line.substr(0, line.rfind("; "));
    absl::StrAppend(&rest, line, "\n");
  }
  return rest;
}

}  // namespace lockstep
