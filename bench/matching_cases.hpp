// The matching workload of `exchange/matching`: 82 % modify (cancel + new), 9 % limit, 6 % cancel, 3 % taker.
//
// It runs the very core that the exchange runs (src/exchange/matching.hpp): books of several conditions, orders around a
// wandering mid with sizes on the lot, direct and complementary interest mixed, one reused fill buffer. The operations
// are drawn beforehand, so that a run measures the core and not the random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

class MatchingCase {
 public:
  /// `operations` are drawn from `seed` over `conditions` books; run() repeats them from the start when it needs more.
  explicit MatchingCase(std::size_t operations = 1U << 20, std::uint32_t conditions = 16, std::uint64_t seed = 1);
  ~MatchingCase();
  MatchingCase(const MatchingCase&) = delete;
  MatchingCase& operator=(const MatchingCase&) = delete;

  /// Does the next `count` operations. Returns the number of fills, so that nothing can be optimised away.
  std::uint64_t run(std::size_t count);

  struct Counts {
    std::uint64_t modify = 0, limit = 0, cancel = 0, taker = 0, fills = 0, resting = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// `exchange/matching`: operations a second on one core.
void add_matching_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
