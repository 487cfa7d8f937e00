#include "quant/kernels/testing_conv.h"

#include <algorithm>
#include <array>

#include "quant/requantize.h"

namespace lockstep::quant {
namespace {

class Numbers {
 public:
  Numbers(Fill fill, uint32_t seed) : fill_(fill), random_(seed) {}

  uint8_t Input() {
    if (fill_ == Fill::kRandom || fill_ == Fill::kTrained)
      return random_() % 256;
    return fill_ == Fill::kCorners && random_() % 2 == 0 ? 0 : 255;
  }
  int8_t Weight() {
    sign_ = -sign_;
    switch (fill_) {
      case Fill::kRandom:
        return Uniform();
      case Fill::kTrained:
        return (Uniform() + Uniform() + Uniform() + Uniform()) / 4;
      case Fill::kHighest:
        return 127;
      case Fill::kLowest:
        return -128;
      case Fill::kAlternating:
        return sign_ > 0 ? 127 : -128;
      case Fill::kCorners:
        return std::array{-128, 0, 127}[random_() % 3];
    }
    return 0;
  }
  // Around `middle`, which keeps most outputs inside 0..255.
  int32_t Multiplier(int64_t middle) {
    return static_cast<int32_t>(middle / 2 + random_() % (middle + 1));
  }
  uint32_t Any() { return random_(); }

 private:
  int Uniform() { return int(random_() % 256) - 128; }

  const Fill fill_;
  std::mt19937 random_;
  int sign_ = 1;
};

int OutSide(const ConvCase& test) {
  return (test.side + 2 * test.pad - test.kernel) / test.stride + 1;
}

// Numbers of the size that BuildIntegerGraph makes.
Requantization MakeRequantization(const ConvCase& test, Numbers& numbers) {
  Requantization q;
  if (test.output == Storage::kWide) return q;
  const int64_t terms = int64_t{test.kernel} * test.kernel * test.in_channels;
  for (int c = 0; c < test.out_channels; ++c) {
    q.multiplier.push_back(
        numbers.Multiplier((int64_t{1} << 32) / (terms * 64 + 64)));
    q.offset.push_back((int64_t{numbers.Any() % 200} - 40) *
                           (int64_t{1} << 32) +
                       numbers.Any());
    if (test.residual && test.residual_storage == Storage::kWide)
      q.wide_multiplier.push_back(numbers.Multiplier(1 << 20));
  }
  if (test.residual && test.residual_storage == Storage::kU8)
    q.residual_multiplier = numbers.Multiplier(1 << 23);
  return q;
}

}  // namespace

ConvCase MapCase(int in, int out, int side, size_t images) {
  ConvCase test = {};
  test.in_channels = in;
  test.out_channels = out;
  test.side = side;
  test.images = images;
  return test;
}

ConvCase WithWindow(ConvCase test, int kernel, int stride, int pad) {
  test.kernel = kernel;
  test.stride = stride;
  test.pad = pad;
  return test;
}

TestingConv::TestingConv(const ConvCase& test, uint32_t seed) : test_(test) {
  Numbers numbers(test.fill, seed);
  layer_.input = test.pixels ? 0 : 1;
  layer_.residual = test.residual ? 1 : -1;
  layer_.output = test.output;
  layer_.window = {test.kernel, test.kernel, test.stride, test.stride,
                   test.pad,    test.pad,    test.pad,    test.pad};
  layer_.weights.resize(size_t(test.out_channels) * test.kernel * test.kernel *
                        test.in_channels);
  for (int8_t& weight : layer_.weights) weight = numbers.Weight();
  layer_.padding.resize(test.in_channels);
  if (test.pixels)
    for (uint8_t& outside : layer_.padding) outside = numbers.Input();
  layer_.requantization = MakeRequantization(test, numbers);
  const int side = OutSide(test);
  task_ = {&layer_,
           {test.in_channels, test.side, test.side},
           {test.out_channels, side, side},
           test.residual_storage};
  input_stride_ = StoredStride(layer_.input, task_.in);
  output_stride_ = StoredStride(1, task_.out);
  input_.resize(test.images * input_stride_);
  for (size_t i = 0; i < input_.size(); ++i)
    if (i % input_stride_ % task_.stored_in() < size_t(test.in_channels))
      input_[i] = numbers.Input();
  for (size_t i = 0; test.residual && i < outputs(); ++i) {
    const bool stored =
        i % output_stride_ % task_.stored_out() < size_t(test.out_channels);
    residual_u8_.push_back(stored ? numbers.Any() % 256 : 0);
    residual_wide_.push_back(stored ? int(numbers.Any() % 100000) - 50000 : 0);
  }
}

ConvBuffers TestingConv::Buffers(uint8_t* out_u8, int32_t* out_i32) const {
  ConvBuffers buffers;
  buffers.images = test_.images;
  buffers.input = input_.data();
  buffers.input_stride = input_stride_;
  buffers.output_stride = output_stride_;
  (test_.output == Storage::kU8 ? void(buffers.out_u8 = out_u8)
                                : void(buffers.out_i32 = out_i32));
  if (test_.residual && test_.residual_storage == Storage::kU8)
    buffers.residual_u8 = residual_u8_.data();
  if (test_.residual && test_.residual_storage == Storage::kWide)
    buffers.residual_wide = residual_wide_.data();
  return buffers;
}

std::vector<int32_t> TestingConv::Run(const PackedConv& conv,
                                      size_t parts) const {
  std::vector<uint8_t> out_u8(outputs());
  std::vector<int32_t> out_i32(outputs(), -1);
  AlignedBuffer<uint8_t> scratch(conv.ScratchBytes(test_.images) + 1,
                                 kCacheLine);
  for (size_t i = 0; i < parts; ++i)
    conv.Run(Buffers(out_u8.data(), out_i32.data()), {i, parts},
             scratch.data());
  if (test_.output == Storage::kU8)
    out_i32.assign(out_u8.begin(), out_u8.end());
  return out_i32;
}

int64_t TestingConv::Sum(size_t image, int y, int x, int c) const {
  int64_t sum = 0;
  const int8_t* weight = &layer_.weights[size_t(c) * test_.kernel *
                                         test_.kernel * test_.in_channels];
  for (int ky = y * test_.stride - test_.pad, i = 0; i < test_.kernel;
       ++i, ++ky)
    for (int kx = x * test_.stride - test_.pad, j = 0; j < test_.kernel;
         ++j, ++kx)
      for (int in = 0; in < test_.in_channels; ++in) {
        const bool inside =
            ky >= 0 && ky < test_.side && kx >= 0 && kx < test_.side;
        const size_t at = image * input_stride_ +
                          (size_t(ky) * test_.side + kx) * task_.stored_in();
        sum += *weight++ * (inside ? input_[at + in] : layer_.padding[in]);
      }
  return sum;
}

std::vector<int32_t> TestingConv::Expected() const {
  const bool u8 = test_.output == Storage::kU8;
  std::vector<int32_t> result(test_.images * output_stride_, u8 ? 0 : -1);
  const Requantization& q = layer_.requantization;
  const int side = task_.out.height;
  for (size_t image = 0; image < test_.images; ++image)
    for (int pixel = 0; pixel < side * side; ++pixel)
      for (size_t c = 0; c < task_.stored_out(); ++c) {
        const size_t at =
            image * output_stride_ + pixel * task_.stored_out() + c;
        result[at] = 0;  // channels that are stored and do not exist
        if (c >= size_t(test_.out_channels)) continue;
        const int64_t sum = Sum(image, pixel / side, pixel % side, c);
        if (test_.output == Storage::kWide) {
          result[at] = sum;
          continue;
        }
        int64_t residual = 0;
        if (test_.residual && test_.residual_storage == Storage::kU8)
          residual = int64_t{residual_u8_[at]} * 256 * q.residual_multiplier;
        if (test_.residual && test_.residual_storage == Storage::kWide)
          residual = int64_t{residual_wide_[at]} * q.wide_multiplier[c];
        result[at] =
            u8 ? RescaleToU8(sum, q.multiplier[c], residual, q.offset[c])
               : Rescale(sum, q.multiplier[c], residual, q.offset[c]);
      }
  return result;
}

}  // namespace lockstep::quant
