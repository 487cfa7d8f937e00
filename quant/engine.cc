#include "quant/engine.h"

#include <cstdlib>

#include "quant/reference_engine.h"
#include "quant/session.h"

namespace lockstep::quant {
namespace {

class ByReference : public Engine {
 public:
  ByReference(const IntegerGraph& graph, const Parallelism& parallelism)
      : engine_(graph), parallelism_(parallelism) {}

  void Run(const uint8_t* pixels, size_t images, int32_t* logits) override {
    const IntegerGraph& graph = engine_.graph();
    const size_t planes = graph.shapes[0].size();
    const size_t classes = graph.shapes[graph.output()].size();
    ForEachBatch(images, parallelism_, [&](int, size_t begin, size_t end) {
      engine_.Run(pixels + begin * planes, end - begin,
                  logits + begin * classes);
    });
  }

 private:
  const ReferenceEngine engine_;
  const Parallelism parallelism_;
};

class ByKernels : public Engine {
 public:
  ByKernels(const IntegerGraph& graph, const Isa& isa,
            const Parallelism& parallelism)
      : net_(graph, isa, parallelism.batch), session_(net_, parallelism) {}

  void Run(const uint8_t* pixels, size_t images, int32_t* logits) override {
    session_.Run(pixels, images, logits);
  }

 private:
  const PackedNet net_;
  Session session_;
};

}  // namespace

absl::StatusOr<EngineChoice> ChooseEngine(absl::string_view isa,
                                          const CpuFeatures& cpu) {
  const char* variable = std::getenv("LOCKSTEP_ISA");
  if (isa.empty()) isa = variable != nullptr ? variable : "";
  if (isa.empty()) isa = "auto";
  if (isa == "reference")
    return EngineChoice{nullptr, "reference", "Eigen's int32 product"};
  const auto chosen = ChooseIsa(isa, cpu);
  if (!chosen.ok()) return chosen.status();
  return EngineChoice{*chosen, (*chosen)->name, (*chosen)->description};
}

std::unique_ptr<Engine> MakeEngine(const IntegerGraph& graph,
                                   const EngineChoice& choice,
                                   const Parallelism& parallelism) {
  if (choice.isa == nullptr)
    return std::make_unique<ByReference>(graph, parallelism);
  return std::make_unique<ByKernels>(graph, *choice.isa, parallelism);
}

}  // namespace lockstep::quant
