// Judges a trader that was killed by what the exchange knows: nothing lost, nothing doubled, the books equal to the unit.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "crashtest/truth.hpp"

namespace ebb::crashtest {

/// What the trader's own books say after all its restarts.
struct Books {
  Usdc cash;
  std::map<std::string, Shares> positions;  ///< by token; no zeros
  std::set<std::string> orders;  ///< ids of every intent
  std::set<std::pair<std::string, std::string>> fills;  ///< trade, order
  std::vector<std::string> repeated_fills;  ///< booked more than once
};

struct Verdict {
  std::uint64_t lost = 0;  ///< orders and fills that the trader's books do not know
  std::uint64_t doubled = 0;  ///< BUYs beside another live BUY, or beyond what one signal may buy; fills booked twice
  std::vector<std::string> violations;

  void add(const Verdict& other);
};

/// What must hold at every moment. `largest_holding`: what one signal may buy of a token, and the dust that joins it.
[[nodiscard]] Verdict judge_history(const Truth& truth, Shares largest_holding);
/// After the orderly stop.
[[nodiscard]] Verdict judge_books(const Truth& truth, const Books& books);

}  // namespace ebb::crashtest
