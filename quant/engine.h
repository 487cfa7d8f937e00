// Runs an integer graph by the way that a user names.

#ifndef LOCKSTEP_QUANT_ENGINE_H_
#define LOCKSTEP_QUANT_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quant/cpu.h"
#include "quant/integer_graph.h"
#include "quant/packed_net.h"
#include "quant/parallel.h"

namespace lockstep::quant {

// A way to run a net.
struct EngineChoice {
  const Isa* isa = nullptr;  // null: the reference engine
  std::string name, description;
};

// The way called `isa`: "reference", an Isa's name or "auto"; "" is what the
// environment variable LOCKSTEP_ISA says, else "auto". Errors are ChooseIsa's.
absl::StatusOr<EngineChoice> ChooseEngine(absl::string_view isa,
                                          const CpuFeatures& cpu);

class Engine {
 public:
  virtual ~Engine() = default;

  // Logits [images][classes] of CIFAR-10's planes [images][3][32][32]. One
  // caller at a time.
  virtual void Run(const uint8_t* pixels, size_t images, int32_t* logits) = 0;
};

std::unique_ptr<Engine> MakeEngine(const IntegerGraph& graph,
                                   const EngineChoice& choice,
                                   const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ENGINE_H_
