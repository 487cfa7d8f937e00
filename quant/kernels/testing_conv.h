// Random convolution layers in stored form, and what they should compute.

#ifndef LOCKSTEP_QUANT_KERNELS_TESTING_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_TESTING_CONV_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "quant/aligned.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// What a test layer's numbers are.
enum class Fill {
  kRandom,
  kTrained,      // weights near 0 more often, as trained ones are
  kHighest,      // inputs 255, weights 127
  kLowest,       // inputs 255, weights -128
  kAlternating,  // inputs 255, weights 127 and -128 by turns
  kCorners,      // inputs 0 or 255, weights -128, 0 or 127
};

struct ConvCase {
  std::string name;
  int in_channels, out_channels, side;
  int kernel = 3, stride = 1, pad = 1;
  size_t images = 1;
  bool residual = false;
  Storage residual_storage = Storage::kU8;
  Storage output = Storage::kU8;
  bool pixels = false;  // the layer reads value 0, and pads with other than 0
  Fill fill = Fill::kRandom;
};

// A 3x3 layer over a square map, and a case with another window.
ConvCase MapCase(int in, int out, int side, size_t images = 1);
ConvCase WithWindow(ConvCase test, int kernel, int stride, int pad);

// A layer of a case with its inputs, and room for outputs.
class TestingConv {
 public:
  TestingConv(const ConvCase& test, uint32_t seed);
  TestingConv(const TestingConv&) = delete;

  const ConvTask& task() const { return task_; }

  // Elements of the outputs, and the layer's buffers with these outputs.
  size_t outputs() const { return test_.images * output_stride_; }
  ConvBuffers Buffers(uint8_t* out_u8, int32_t* out_i32) const;

  // All stored outputs of `conv` run in `parts`, widened; -1 where nothing was
  // written.
  std::vector<int32_t> Run(const PackedConv& conv, size_t parts) const;

  // The same by the formula of integer_graph.h, one output after another.
  std::vector<int32_t> Expected() const;

 private:
  int64_t Sum(size_t image, int y, int x, int c) const;

  ConvCase test_;
  IntegerLayer layer_;
  ConvTask task_;
  size_t input_stride_, output_stride_;
  std::vector<uint8_t> input_;
  std::vector<uint8_t> residual_u8_;
  std::vector<int32_t> residual_wide_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TESTING_CONV_H_
