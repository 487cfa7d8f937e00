#include "quant/session.h"

#include <cfenv>
#include <cstdlib>
#include <new>

#include "gtest/gtest.h"
#include "quant/cpu.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace {
std::atomic<size_t> allocations{0};
}  // namespace

// Counts what the program asks of the heap. Sanitizers have an operator new of
// their own, which this one must not replace.
#ifndef LOCKSTEP_SANITIZED
#define LOCKSTEP_COUNTS_ALLOCATIONS
void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif

namespace lockstep::quant {
namespace {

constexpr size_t kClasses = 10;

std::vector<const Isa*> RunnableIsas() {
  std::vector<const Isa*> isas;
  for (const Isa& isa : Isas())
    if (isa.supported(ThisCpu())) isas.push_back(&isa);
  return isas;
}

bool operator==(const IntegerTensor& a, const IntegerTensor& b) {
  return a.u8 == b.u8 && a.i32 == b.i32;
}

// Every value of every instruction set equals the reference engine's.
void ExpectReferenceResult(const onnx::ModelProto& model, size_t images,
                           Dialect dialect = Dialect::kFused) {
  const TestingNet net = MakeTestingNet(model, images, dialect);
  std::vector<IntegerTensor> expected(net.integer.shapes.size());
  std::vector<int32_t> logits(images * kClasses), fast(images * kClasses);
  ReferenceEngine(net.integer)
      .Run(net.images.image(0), images, logits.data(),
           [&](int value, const IntegerTensor& t) { expected[value] = t; });
  for (const Isa* isa : RunnableIsas()) {
    SCOPED_TRACE(isa->name);
    const PackedNet packed(net.integer, *isa, 16);
    Session session(packed, {1, images});
    session.RunObserved(net.images.image(0), images, fast.data(),
                        [&](int value, const IntegerTensor& tensor) {
                          ASSERT_TRUE(tensor == expected[value])
                              << "value " << value;
                        });
    EXPECT_EQ(fast, logits);
  }
}

TEST(Session, EveryValueEqualsTheReference) {
  ExpectReferenceResult(LenetModel(), 3);
  ExpectReferenceResult(ResnetModel({3, 3, 3}, 16), 2);
  ExpectReferenceResult(ResnetModel({2, 2, 2, 2}, 24), 2);
  ExpectReferenceResult(ResidualFormsModel(), 3);
  ExpectReferenceResult(ResidualFormsModel(), 3, Dialect::kOrt);
  ExpectReferenceResult(ResnetModel({2, 2, 2}, 16), 2, Dialect::kOrt);
  ExpectReferenceResult(SignedValuesModel(), 3);
}

// Every floating-point exception, the inexact one that almost any arithmetic
// raises included, ends the process; and rounding is not to nearest.
TEST(Session, RunsWhereFloatingPointWouldTrap) {
  const TestingNet net = MakeTestingNet(ResidualFormsModel(), 9);
  std::vector<int32_t> expected(9 * kClasses), logits(9 * kClasses);
  const ReferenceEngine reference(net.integer);
  reference.Run(net.images.image(0), 9, expected.data());
  for (const Isa* isa : RunnableIsas()) {
    const PackedNet packed(net.integer, *isa, 4);
    fesetround(FE_UPWARD);
    feenableexcept(FE_ALL_EXCEPT);
    Session session(packed, {2, 4});  // its threads inherit both
    session.Run(net.images.image(0), 9, logits.data());
    reference.Run(net.images.image(0), 9, expected.data());
    fedisableexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    EXPECT_EQ(logits, expected) << isa->name;
  }
}

TEST(Session, Resnet18EqualsTheReference) {
  ExpectReferenceResult(ResnetModel({2, 2, 2, 2}, 64), 2);
}

std::vector<int32_t> Logits(const PackedNet& net, const ImageSet& images,
                            const Parallelism& parallelism) {
  Session session(net, parallelism);
  std::vector<int32_t> logits(images.size() * kClasses);
  session.Run(images.image(0), images.size(), logits.data());
  return logits;
}

TEST(Session, ResultsDoNotDependOnBatchThreadsOrPosition) {
  const TestingNet net = MakeTestingNet(ResnetModel({2, 2, 2, 2}, 16), 33);
  for (const Isa* isa : RunnableIsas()) {
    const PackedNet packed(net.integer, *isa, 16);
    const auto expected = Logits(packed, net.images, {1, 1});
    for (int threads = 1; threads <= 4; ++threads)
      for (size_t batch : {1, 2, 3, 7, 16, 33, 64})
        ASSERT_EQ(Logits(packed, net.images, {threads, batch}), expected)
            << isa->name << ", " << threads << " threads, batch " << batch;
  }
}

// Threads that share one image's layers.
TEST(Session, FewImagesAreSharedLayerByLayer) {
  const TestingNet net = MakeTestingNet(ResnetModel({2, 2, 2, 2}, 32), 3);
  for (const Isa* isa : RunnableIsas()) {
    const PackedNet packed(net.integer, *isa, 16);
    const auto expected = Logits(packed, net.images, {1, 3});
    std::vector<int32_t> logits(3 * kClasses);
    for (int threads = 2; threads <= 4; ++threads) {
      Session session(packed, {threads, 16});
      for (size_t i = 0; i < 3; ++i)
        session.Run(net.images.image(i), 1, &logits[i * kClasses]);
      EXPECT_EQ(logits, expected) << isa->name << ", " << threads;
    }
  }
}

TEST(Session, RunAllocatesNothing) {
#ifndef LOCKSTEP_COUNTS_ALLOCATIONS
  GTEST_SKIP() << "a sanitizer counts allocations itself";
#endif
  const TestingNet net = MakeTestingNet(ResnetModel({1, 1}, 16), 9);
  std::vector<int32_t> logits(9 * kClasses);
  for (const Isa* isa : RunnableIsas()) {
    const PackedNet packed(net.integer, *isa, 16);
    Session session(packed, {2, 4});
    const size_t before = allocations;
    session.Run(net.images.image(0), 9, logits.data());
    session.Run(net.images.image(0), 1, logits.data());
    EXPECT_EQ(allocations, before) << isa->name;
  }
}

}  // namespace
}  // namespace lockstep::quant
