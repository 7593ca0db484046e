// Every market event that left the exchange, with its number: what a client must have received (spec/cli.md, /admin/log).
// An event is one (message, asset) pair. The log is a bounded ring: what had to go is counted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

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

  /// The Unix second that a frame names as its time; 0 when it names none.
  [[nodiscard]] static std::int64_t second_of(std::string_view text);
  /// `{"last","seconds":[{"second","frames","events","digest"}]}`: for each of the last seconds of frame time how many frames
  /// left, their events, and the sum of the digests of their texts (base/text_digest.hpp): a client that summed up what it
  /// received knows whether anything was lost, doubled or altered, without the ring.
  [[nodiscard]] std::string seconds_json() const;

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
  static constexpr std::size_t kMostSeconds = 900;
  struct Second {
    std::int64_t second = 0;
    std::int64_t frames = 0;
    std::int64_t events = 0;
    std::uint64_t digest = 0;
  };
  std::deque<Second> seconds_;
  std::deque<Frame> frames_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace ebb::exchange
