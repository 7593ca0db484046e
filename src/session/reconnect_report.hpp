// What each reconnect cost: missing quotes and fills in the five minutes before and after. Told totals, yields figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "model/ids.hpp"

namespace ebb::session {

/// Totals of a running trader at one moment. Taken about once a second.
struct TradingTotals {
  Timestamp time;
  std::uint32_t tokens = 0;  ///< followed
  std::uint32_t missing = 0;  ///< of them without a trusted book
  std::uint64_t orders = 0;  ///< that went live so far
  std::uint64_t fills = 0;  ///< so far
};

/// Five minutes on one side of a reconnect.
struct SpanFigures {
  Duration length;  ///< what was observed of the five minutes
  double missing_share = 0;  ///< token-time without a trusted book / token-time, 0 to 1
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
  [[nodiscard]] double fills_per_minute() const;
  /// Fills for an order that went live; 0 without orders.
  [[nodiscard]] double fill_rate() const;
};
struct ReconnectEffect {
  Timestamp time;
  model::ConnectionIndex connection;
  SpanFigures before;
  SpanFigures after;
  std::optional<Duration> recovered;  ///< from the loss until no more quotes were missing than before it
};

class ReconnectReport {
 public:
  static constexpr Duration kSpan = minutes(5);
  /// The newest of this many effects are kept one by one; the rest counts in the averages.
  static constexpr std::size_t kKept = 256;

  void observe(const TradingTotals& totals);
  /// The engine was told ConnectionClosed.
  void on_loss(Timestamp now, model::ConnectionIndex connection);
  /// Ends what is still open with what was observed of it: at the end of a run.
  void finish(Timestamp now);

  [[nodiscard]] std::uint64_t losses() const { return losses_; }
  [[nodiscard]] const std::deque<ReconnectEffect>& effects() const { return effects_; }
  /// Over all finished effects, weighted by time.
  [[nodiscard]] const SpanFigures& before() const { return before_; }
  [[nodiscard]] const SpanFigures& after() const { return after_; }

 private:
  struct Sample {  // integrals up to a moment
    Timestamp time;
    double token_seconds = 0;
    double missing_seconds = 0;
    std::uint64_t orders = 0;
    std::uint64_t fills = 0;
  };
  struct Open {
    ReconnectEffect effect;
    Sample at;
    std::uint32_t missing_before = 0;
  };
  [[nodiscard]] static SpanFigures figures(const Sample& from, const Sample& to);
  [[nodiscard]] Sample at(Timestamp now) const;
  void close(Open& open, const Sample& now);

  std::deque<Sample> samples_;  // the last five minutes
  TradingTotals last_;
  std::vector<Open> open_;
  std::deque<ReconnectEffect> effects_;
  SpanFigures before_;
  SpanFigures after_;
  std::uint64_t losses_ = 0;
};

}  // namespace ebb::session
