#include "quant/check_integer_graph.h"

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

TEST(CheckIntegerGraph, AcceptsWhatIsBuilt) {
  for (const auto& model : {LenetModel(), ResnetModel({2, 2, 2}, 8),
                            ResidualFormsModel(), SignedValuesModel()})
    for (const Dialect dialect : {Dialect::kFused, Dialect::kOrt}) {
      const absl::Status status =
          CheckIntegerGraph(MakeTestingNet(model, 4, dialect).integer);
      EXPECT_TRUE(status.ok()) << status;
    }
}

// One thing wrong with a good net, and the words that say so.
struct Damage {
  std::string words;
  std::function<void(IntegerGraph&)> apply;
};

std::vector<Damage> Damages() {
  const std::string fit = "do not fit each other", sizes = "sizes of its";
  return {
      {"0 layers", [](auto& g) { g = IntegerGraph{{}, {{}}, {}, {}, {}, {}}; }},
      {"not one shape", [](auto& g) { g.shapes.pop_back(); }},
      {"not one shape", [](auto& g) { g.sources.push_back(1); }},
      {"3x32x32", [](auto& g) { g.shapes[0].height = 33; }},
      {"input codes", [](auto& g) { g.input_codes.resize(767); }},
      {"too large", [](auto& g) { g.shapes[1].height = 0; }},
      {"too large", [](auto& g) { g.shapes[1].width = -5; }},
      {"too large", [](auto& g) { g.shapes[1].channels = 1 << 25; }},
      {"10 logits", [](auto& g) { g.shapes.back().channels = 11; }},
      {"10 logits", [](auto& g) { g.storages.back() = Storage::kWide; }},
      {"scale of the logits", [](auto& g) { g.logit_scale = 0.0 / 0.0; }},
      {"not there yet", [](auto& g) { g.layers[1].input = 2; }},
      {"not there yet", [](auto& g) { g.layers[1].residual = -2; }},
      {"is not its value's",
       [](auto& g) { g.layers[0].output = Storage::kWide; }},
      {fit, [](auto& g) { g.layers[0].window.stride_h = 0; }},
      {fit, [](auto& g) { g.layers[0].window.pad_left = 3; }},
      {fit, [](auto& g) { g.layers[0].window.kernel_w = 1 << 30; }},
      {fit, [](auto& g) { g.shapes[1].height += 1; }},
      {fit, [](auto& g) { g.layers[1].residual = 0; }},
      {fit, [](auto& g) { g.layers[0].op = IntegerOp::kMaxPool; }},
      {sizes, [](auto& g) { g.layers[0].weights.pop_back(); }},
      {sizes, [](auto& g) { g.layers[0].padding.clear(); }},
      {sizes, [](auto& g) { g.layers[0].requantization.offset.clear(); }},
      {sizes, [](auto& g) { g.layers[0].requantization.multiplier[0] = -1; }},
      {sizes,
       [](auto& g) { g.layers[0].requantization.wide_multiplier = {1}; }},
      {"can reach 2^62",
       [](auto& g) {
         g.layers[0].requantization.offset[2] =
             std::numeric_limits<int64_t>::max();
       }},
  };
}

TEST(CheckIntegerGraph, NamesEveryDamage) {
  const IntegerGraph good = MakeTestingNet(ResnetModel({1, 1}, 4), 2).integer;
  for (const Damage& damage : Damages()) {
    IntegerGraph bad = good;
    damage.apply(bad);
    const absl::Status status = CheckIntegerGraph(bad);
    EXPECT_FALSE(status.ok()) << damage.words;
    EXPECT_THAT(std::string(status.message()), HasSubstr(damage.words));
  }
}

}  // namespace
}  // namespace lockstep::quant
