// Heap memory aligned for vector loads.

#ifndef LOCKSTEP_QUANT_ALIGNED_H_
#define LOCKSTEP_QUANT_ALIGNED_H_

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace lockstep::quant {

// `count` uninitialised Ts at an address that is a multiple of `alignment` (a
// power of two). Throws std::bad_alloc like new.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer(size_t count, size_t alignment)
      : data_(static_cast<T*>(std::aligned_alloc(
            alignment,
            (count * sizeof(T) + alignment - 1) / alignment * alignment))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  T* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ALIGNED_H_
