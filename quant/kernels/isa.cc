#include "quant/kernels/isa.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::quant {

const std::vector<Isa>& Isas() {
  static const auto* const isas = new std::vector<Isa>{
      {"portable", "vectors in plain C++, any x86-64",
       [](const CpuFeatures&) { return true; }, EmulatedAvx2Microkernels, 4, 4,
       2, 2},
      {"avx2", "256-bit vpmaddwd",
       [](const CpuFeatures& cpu) { return cpu.avx2; }, Avx2Microkernels, 100,
       100, 0.5, 0.8},
      {"avxvnni", "256-bit vpdpbusd and vpdpwssd",
       [](const CpuFeatures& cpu) { return cpu.avxvnni; }, AvxVnniMicrokernels,
       230, 115, 0.5, 0.8},
      {"avx512vnni", "512-bit vpdpbusd and vpdpwssd",
       [](const CpuFeatures& cpu) { return cpu.avx512vnni; },
       Avx512VnniMicrokernels, 230, 115, 0.25, 0.5},
      {"amx", "tiles of 16 rows (tdpbusd), and avx512vnni",
       [](const CpuFeatures& cpu) { return cpu.amx; }, Avx512VnniMicrokernels,
       230, 115, 0.25, 0.5, AmxTileMicrokernels, 8},
  };
  return *isas;
}

absl::StatusOr<const Isa*> ChooseIsa(absl::string_view name,
                                     const CpuFeatures& cpu) {
  const Isa* chosen = nullptr;
  for (const Isa& isa : Isas()) {
    if (name == isa.name && !isa.supported(cpu))
      return absl::FailedPreconditionError(absl::StrCat(
          "this CPU cannot run --isa=", name, "; --isa=auto picks one it can"));
    if (name == isa.name || (name == "auto" && isa.supported(cpu)))
      chosen = &isa;
  }
  if (chosen != nullptr) return chosen;
  return absl::InvalidArgumentError(absl::StrCat(
      "illegal value '", name, "' for --isa: expected auto, reference or ",
      absl::StrJoin(Isas(), ", ", [](std::string* out, const Isa& isa) {
        absl::StrAppend(out, isa.name);
      })));
}

}  // namespace lockstep::quant
