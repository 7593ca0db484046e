// Every market event that left the exchange, with its number: what a client must have received (spec/cli.md, /admin/log).
// An event is one (message, asset) pair. The log is a bounded ring: what had to go is counted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "exchange/messages.hpp"
#include "model/market.hpp"

namespace ebb::exchange {

class VenueLog {
 public:
  using Text = std::shared_ptr<const std::string>;

  static constexpr std::size_t kMostFrames = 200'000;
  static constexpr std::size_t kMostBytes = std::size_t{96} << 20;

  /// The frame's text is shared with whoever sends it.
  void add(const Outgoing& frame, const Text& text);
  [[nodiscard]] std::uint64_t last() const { return last_; }
  /// Number of the oldest event that is still here; last() + 1 when there is none.
  [[nodiscard]] std::uint64_t first() const { return frames_.empty() ? last_ + 1 : frames_.front().first; }

  /// `{"after","first","last","dropped","next","events":[{"sequence","at","event_type","market","asset_id","event"}]}`:
  /// events after `after`, at most `limit` (whole messages); `dropped` = those after `after` that are no longer here;
  /// `next` is the `after` of the following request.
  [[nodiscard]] std::string json(const model::MarketTable& markets, std::uint64_t after, std::size_t limit) const;

 private:
  struct Frame {
    std::uint64_t first = 0;  ///< number of its first event
    Timestamp at;
    model::MarketIndex market;
    model::TokenIndex token;
    MarketEventKind kind = MarketEventKind::book;
    Text text;
  };
  std::deque<Frame> frames_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace ebb::exchange
