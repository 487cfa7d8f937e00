#include "train/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>

namespace lockstep {
namespace {

constexpr size_t kHugePage = 2 << 20;

// Memory of large tensors, in use and idle; thread-safe. Sizes are multiples of
// kHugePage.
class Blocks {
 public:
  // The smallest idle one that fits and wastes no more than a quarter, else a
  // new one; null when there is no memory.
  void* Take(size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = idle_.lower_bound(size);
    if (found == idle_.end() || found->first > size + size / 4)
      return Make(size);
    void* data = found->second;
    sizes_[data] = found->first;
    idle_bytes_ -= found->first;
    idle_.erase(found);
    return data;
  }

  // False if `data` is not of here.
  bool Put(void* data) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sizes_.find(data);
    if (found == sizes_.end()) return false;
    idle_.emplace(found->second, data);
    idle_bytes_ += found->second;
    sizes_.erase(found);
    return true;
  }

  size_t idle_bytes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return idle_bytes_;
  }

 private:
  void* Make(size_t size) {
    void* data = std::aligned_alloc(kHugePage, size);
    if (data == nullptr) {
      GiveBack();
      data = std::aligned_alloc(kHugePage, size);
    }
    if (data == nullptr) return nullptr;
    madvise(data, size, MADV_HUGEPAGE);  // refused = small pages
    sizes_[data] = size;
    return data;
  }

  void GiveBack() {
    for (const auto& [size, data] : idle_) std::free(data);
    idle_.clear();
    idle_bytes_ = 0;
  }

  std::mutex mutex_;
  std::unordered_map<void*, size_t> sizes_;  // in use
  std::multimap<size_t, void*> idle_;
  size_t idle_bytes_ = 0;
};

// Never destroyed: tensors may be freed after main().
Blocks& AllBlocks() {
  static auto* const blocks = new Blocks;
  return *blocks;
}

class ReusingAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = nullptr;
    if (bytes >= kLargeTensor)
      data = AllBlocks().Take((bytes + kHugePage - 1) / kHugePage * kHugePage);
    // Small, or no memory: then the default allocator's error says so.
    if (data == nullptr) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    return {data, data, &Release, c10::Device(c10::kCPU)};
  }

  // oneDNN's scratch memory comes back through this, whoever gave it.
  c10::DeleterFnPtr raw_deleter() const override { return &Release; }

  void copy_data(void* to, const void* from, size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }

 private:
  static void Release(void* data) {
    if (!AllBlocks().Put(data))
      c10::GetDefaultCPUAllocator()->raw_deallocate(data);
  }
};

}  // namespace

void ReuseTensorMemory() {
  static auto* const allocator = new ReusingAllocator;
  // Above the default's priority 0.
  c10::SetCPUAllocator(allocator, /*priority=*/1);
}

size_t IdleTensorBytes() { return AllBlocks().idle_bytes(); }

}  // namespace lockstep
