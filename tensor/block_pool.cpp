#include "lively/tensor/block_pool.h"

#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace lively {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(LIVELY_NO_CACHE)
constexpr bool kCache = false;
#else
constexpr bool kCache = true;
#endif

constexpr std::size_t kSmallest = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
// Large blocks begin at different places of their page: streams that run through several of them at
// the same distance from a boundary meet in the same cache sets and memory banks (an addition of 16
// Mi floats took 8.4 ms at equal offsets, 6.6 ms so).
constexpr std::size_t kStagger = 2560, kStaggers = 16;
constexpr std::size_t kCacheLimit = std::size_t{4} << 30;  // bytes that one thread keeps
constexpr int kClasses = 4 * 48;

int class_of(std::size_t bytes) {
  if (bytes <= kSmallest) return 0;
  const std::size_t n = bytes - 1;
  const int log = std::bit_width(n) - 1;
  return (log - 6) * 4 + static_cast<int>((n >> (log - 2)) & 3) + 1;
}

std::size_t class_size(int c) {
  if (c == 0) return kSmallest;
  const int log = (c - 1) / 4 + 6;
  const std::size_t quarters = static_cast<std::size_t>((c - 1) % 4) + 1;
  const std::size_t size = (std::size_t{1} << log) + (quarters << (log - 2));
  return (size + kSmallest - 1) / kSmallest * kSmallest;
}

struct FreeBlock {
  FreeBlock* next;
};

// Plain data without a destructor: blocks may be freed by static objects after the
// destructors of this thread have run.
struct Cache {
  std::array<FreeBlock*, kClasses> lists;
  std::size_t kept;
  bool closed;
  MemoryStats stats;
};
thread_local constinit Cache t_cache{};

struct CloseAtThreadExit {
  ~CloseAtThreadExit() {
    release_cached_memory();
    t_cache.closed = true;
  }
};

void* ask_system(std::size_t size) {
  ++t_cache.stats.system_requests;
  thread_local CloseAtThreadExit close;
  (void)close;
  if (size < kHugePage) {
    void* block = std::aligned_alloc(kSmallest, size);
    if (!block) throw std::bad_alloc();
    return block;
  }
  const std::size_t rounded = (size + kStagger * kStaggers + kHugePage - 1) / kHugePage * kHugePage;
  void* pages = std::aligned_alloc(kHugePage, rounded);
  if (!pages) throw std::bad_alloc();
  madvise(pages, rounded, MADV_HUGEPAGE);
  thread_local std::size_t turn = 0;
  return static_cast<std::byte*>(pages) + kStagger * (turn++ % kStaggers);
}

void give_back(void* block, std::size_t size) noexcept {
  if (size >= kHugePage) {
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    block = static_cast<std::byte*>(block) - address % kHugePage;
  }
  std::free(block);
}

// What is asked of the system for a block of a class; without a cache no more than needed, so that
// the address sanitizer sees every byte beyond.
std::size_t system_size(std::size_t bytes, int c) {
  return kCache ? class_size(c) : (bytes + kSmallest - 1) / kSmallest * kSmallest;
}

}  // namespace

void* pool_allocate(std::size_t bytes) {
  const int c = class_of(bytes);
  Cache& cache = t_cache;
  const std::size_t size = class_size(c);
  ++cache.stats.live_blocks;
  cache.stats.live_bytes += static_cast<int64_t>(size);
  if (FreeBlock* block = cache.lists[c]) {
    cache.lists[c] = block->next;
    cache.kept -= size;
    return block;
  }
  return ask_system(system_size(bytes, c));
}

void pool_free(void* block, std::size_t bytes) noexcept {
  const int c = class_of(bytes);
  Cache& cache = t_cache;
  const std::size_t size = class_size(c);
  --cache.stats.live_blocks;
  cache.stats.live_bytes -= static_cast<int64_t>(size);
  if (!kCache || cache.closed || cache.kept + size > kCacheLimit) {
    give_back(block, system_size(bytes, c));
    return;
  }
  cache.lists[c] = new (block) FreeBlock{cache.lists[c]};
  cache.kept += size;
}

void release_cached_memory() noexcept {
  for (int c = 0; c < kClasses; ++c)
    while (FreeBlock* block = t_cache.lists[c]) {
      t_cache.lists[c] = block->next;
      give_back(block, class_size(c));
    }
  t_cache.kept = 0;
}

MemoryStats memory_stats() noexcept { return t_cache.stats; }

}  // namespace lively
