// Counts the heap allocations of the program that links alloc_counter.cpp: its operator new is replaced by one that counts.
#pragma once

#include <cstdint>

namespace ebb::bench {

/// Calls of operator new so far, by all threads.
[[nodiscard]] std::uint64_t heap_allocations();

}  // namespace ebb::bench
