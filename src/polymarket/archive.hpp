// What the market decoder has counted, in a checkpoint. Its buffers hold nothing between two frames.
#pragma once

#include "base/archive.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb {

template <>
struct Archived<polymarket::MarketDecoder> {
  template <class A>
  static void visit(A& archive, polymarket::MarketDecoder& x) {
    auto& [tree, side, stats] = x;
    archive(stats);
  }
};

}  // namespace ebb
