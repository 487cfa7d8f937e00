#include "quant/cpu.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace lockstep::quant {
namespace {

// Components of XCR0 (Intel SDM, volume 1, section 13.3).
constexpr uint64_t kAvxState = 0x6;      // XMM and YMM
constexpr uint64_t kAvx512State = 0xE0;  // masks, upper halves, ZMM16-31
constexpr uint64_t kAmxState = 0x60000;  // tile configuration and data

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// Zeros where the CPU has no such leaf.
Leaf Cpuid(unsigned leaf, unsigned subleaf) {
  Leaf result;
  __get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx,
                    &result.edx);
  return result;
}

bool Bit(unsigned word, int bit) { return word >> bit & 1; }

// What the operating system saves for a process.
uint64_t EnabledState() {
  if (!Bit(Cpuid(1, 0).ecx, 27)) return 0;  // OSXSAVE
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

// Linux gives tiles their 8 KiB only to processes that ask (5.16 and later).
bool MayUseTiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

CpuFeatures ThisCpu() {
  const uint64_t state = EnabledState();
  const auto enabled = [&](uint64_t bits) { return (state & bits) == bits; };
  const Leaf leaf7 = Cpuid(7, 0);
  const Leaf leaf7_1 = leaf7.eax >= 1 ? Cpuid(7, 1) : Leaf();
  CpuFeatures cpu;
  cpu.avx2 = enabled(kAvxState) && Bit(leaf7.ebx, 5);
  cpu.avxvnni = cpu.avx2 && Bit(leaf7_1.eax, 4);
  cpu.avx512vnni = cpu.avx2 && enabled(kAvxState | kAvx512State) &&
                   Bit(leaf7.ebx, 16) && Bit(leaf7.ebx, 17) &&  // F, DQ
                   Bit(leaf7.ebx, 30) && Bit(leaf7.ebx, 31) &&  // BW, VL
                   Bit(leaf7.ecx, 11);                          // VNNI
  cpu.amx = cpu.avx512vnni && enabled(kAmxState) && Bit(leaf7.edx, 24) &&
            Bit(leaf7.edx, 25) && MayUseTiles();  // AMX-TILE, AMX-INT8
  return cpu;
}

size_t SecondLevelCacheBytes() {
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes > 0 ? bytes : 512 << 10;
}

}  // namespace lockstep::quant
