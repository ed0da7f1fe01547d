#pragma once

#include <cstddef>
#include <cstdint>

namespace lively {

// A caching allocator. Freed blocks are kept on free lists of the thread that frees them,
// by size class (four classes to a power of two, from 64 bytes), so that training in its
// steady state asks the system for nothing: touching fresh pages costs several times the
// work done on them. Blocks are 64-byte aligned; those of 2 MiB and more lie on huge pages.
// Under the address sanitizer nothing is cached, so that it sees every block's end.
void* pool_allocate(std::size_t bytes);                   // throws std::bad_alloc
void pool_free(void* block, std::size_t bytes) noexcept;  // `bytes` as allocated

// Gives the calling thread's cached blocks back to the system.
void release_cached_memory() noexcept;

// What the calling thread did; a block freed by another thread is counted there.
struct MemoryStats {
  int64_t live_blocks = 0;      // allocated less freed
  int64_t live_bytes = 0;       // the same, rounded up to size classes
  int64_t system_requests = 0;  // how often the system was asked for memory
};
MemoryStats memory_stats() noexcept;

}  // namespace lively
