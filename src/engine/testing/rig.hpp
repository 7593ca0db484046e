// For tests only: an engine with its commands recorded, and a venue whose every word the test decides. Market data, order
// events and trades reach the engine as the venue's JSON, answers as typed events.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.hpp"
#include "engine/engine.hpp"
#include "engine/testing/record_book.hpp"
#include "engine/testing/venue_frames.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace ebb::engine::testing {

/// 2026-01-01 00:00 UTC: where every tape begins.
inline constexpr Timestamp kTapeStart{1'767'225'600'000'000'000};

/// A binary market; both tokens unless `sibling` is false.
[[nodiscard]] inline model::MarketSpec test_market(int index = 0, bool sibling = true) {
  const std::string digits = std::to_string(1000 + index);
  model::MarketSpec spec;
  spec.condition_id = "0x" + std::string(60, 'c') + digits;
  spec.slug = "test-market-" + digits;
  spec.question = "Does it rain in town " + digits + "?";
  spec.tokens[0] = {"7" + digits + "00000000000000000000000000000000000001", "Yes"};
  if (sibling) spec.tokens[1] = {"7" + digits + "00000000000000000000000000000000000002", "No"};
  return spec;
}

struct SentCommand {
  Timestamp at;
  model::Command command;
};

/// One of our orders as the test's venue knows it.
struct VenueOrder {
  model::PlaceOrder intent;
  Shares matched;  ///< by the trades that the test made
  bool answered = false;
  bool ended = false;
};

/// One leg that the test made.
struct VenueTrade {
  std::string id;
  std::size_t order = 0;
  Price price;
  Shares size;
  model::TradeStatus status = model::TradeStatus::matched;
};

class Rig : public CommandSink {
 public:
  explicit Rig(EngineConfig config)
      : config_(std::move(config)), engine_(std::make_unique<Engine>(config_, *this, kTapeStart)) {
    engine_->set_listener(&records_);
    say(model::ConnectionOpened{model::ConnectionIndex(0)});
  }

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] Timestamp now() const { return now_; }
  /// When the connection last proved that it lives.
  [[nodiscard]] Timestamp link_alive_at() const { return link_alive_at_; }
  [[nodiscard]] const std::vector<SentCommand>& commands() const { return commands_; }
  [[nodiscard]] std::vector<VenueOrder>& orders() { return orders_; }
  [[nodiscard]] std::vector<VenueTrade>& trades() { return trades_; }

  void add_market(const model::MarketSpec& spec) {
    const auto market = engine_->add_market(spec, Follow::trade, now_);
    CHECK(market.has_value());
    displayed_.resize(engine_->markets().token_count());
    specs_.push_back(spec);
  }
  [[nodiscard]] const RecordBook& records() const { return records_; }

  /// The engine is gone in the middle of everything; another one goes on with what the records say.
  void crash_and_restart(Follow follow = Follow::trade) {
    const model::Recovery recovery = records_.recovery(engine_->markets());
    EngineConfig config = config_;
    config.seed += 1000 * runs_++;
    engine_ = std::make_unique<Engine>(std::move(config), *this, now_);
    engine_->set_listener(&records_);
    for (const model::MarketSpec& spec : specs_) CHECK(engine_->add_market(spec, follow, now_).has_value());
    const auto restored = engine_->restore(recovery, now_);
    CHECK(restored.has_value());
    say(model::ConnectionOpened{model::ConnectionIndex(0)});
  }

  /// The venue answers every placement with `live` and every cancel with a CANCELLATION, `delay` later.
  void answer_by_itself(Duration delay) { automatic_ = delay; }
  /// Called with every command at the moment it is given.
  void watch_commands(std::function<void(const SentCommand&)> watch) { watch_ = std::move(watch); }
  /// Whether PONGs come (every 5 s).
  void keep_link_alive(bool alive) { pongs_ = alive; }

  /// Lets time pass: PONGs, timers and automatic answers happen at their own times.
  void run_to(Timestamp until) {
    while (now_ < until) {
      Timestamp next = std::min(until, engine_->next_timer());
      if (pongs_) next = std::min(next, next_pong_);
      if (!pending_.empty()) next = std::min(next, pending_.front().at);
      now_ = std::max(now_, next);
      engine_->advance(now_);
      if (now_ >= next_pong_) {
        next_pong_ = now_ + seconds(5);
        if (pongs_) say(model::LinkAlive{model::ConnectionIndex(0)});
      }
      answer_pending();
    }
  }
  void run_for(Duration time) { run_to(now_ + time); }

  /// Hands an event to the engine now.
  template <class Body>
  void say(const Body& body) {
    if constexpr (std::is_same_v<Body, model::MarketFrame> || std::is_same_v<Body, model::LinkAlive> ||
                  std::is_same_v<Body, model::ConnectionOpened>) {
      link_alive_at_ = now_;
    }
    engine_->on_event({now_, body});
  }

  // Market data.

  [[nodiscard]] FrameHead head(model::TokenIndex token) const {
    return {engine_->markets().market_of(token).condition_id, engine_->markets().token_id(token), now_};
  }
  void market_frame(const std::string& text) { say(model::MarketFrame{model::ConnectionIndex(0), text}); }
  /// A snapshot of the displayed book.
  void send_book(model::TokenIndex token) { market_frame(book_text(token)); }
  [[nodiscard]] std::string book_text(model::TokenIndex token) const {
    std::vector<TestLevel> levels;
    for (const auto& [price, size] : displayed_[token.value()][0])
      levels.push_back({model::Side::buy, Price(price), size});
    for (const auto& [price, size] : displayed_[token.value()][1])
      levels.push_back({model::Side::sell, Price(price), size});
    return book_frame(head(token), levels, engine_->markets().market_of(token).tick);
  }
  /// The displayed book as the answer to a REST request: it proves nothing about the connection.
  void answer_book(model::TokenIndex token) { say(model::BookAnswer{token, true, book_text(token)}); }
  /// Changes displayed levels and sends the price_change.
  void change(model::TokenIndex token, const std::vector<TestLevel>& levels) {
    for (const TestLevel& level : levels) display(token, level);
    if (!levels.empty()) market_frame(change_frame(head(token), levels, displayed_best(token)));
  }
  /// The whole displayed side becomes one level; size 0 empties it. Returns the entries of the price_change.
  [[nodiscard]] std::vector<TestLevel> only_level(model::TokenIndex token, TestLevel wanted) const {
    std::vector<TestLevel> levels;
    for (const auto& [price, size] : displayed_[token.value()][wanted.side == model::Side::buy ? 0 : 1]) {
      if (Price(price) != wanted.price || wanted.size.raw() == 0)
        levels.push_back({wanted.side, Price(price), Shares(0)});
    }
    if (wanted.size.raw() > 0) levels.push_back(wanted);
    return levels;
  }
  void display(model::TokenIndex token, const TestLevel& level) {
    auto& side = displayed_[token.value()][level.side == model::Side::buy ? 0 : 1];
    if (level.size.raw() > 0) {
      side[level.price.raw()] = level.size;
    } else {
      side.erase(level.price.raw());
    }
  }
  [[nodiscard]] model::Quote displayed_best(model::TokenIndex token) const {
    const auto& [bids, asks] = displayed_[token.value()];
    model::Quote best;
    if (!bids.empty()) best.bid = Price(bids.rbegin()->first), best.bid_size = bids.rbegin()->second;
    if (!asks.empty()) best.ask = Price(asks.begin()->first), best.ask_size = asks.begin()->second;
    return best;
  }

  // Answers and user events about the orders, by their number in order of placement.

  void answer(std::size_t order, model::PlaceAnswer answer) {
    answer.id = orders_[order].intent.id;
    orders_[order].answered = true;
    if (answer.outcome == model::PlaceOutcome::rejected) orders_[order].ended = true;
    say(answer);
  }
  void accept(std::size_t order) { answer(order, {.outcome = model::PlaceOutcome::live}); }
  void order_event(std::size_t order, std::string_view type, std::string_view status, Shares matched) {
    say(model::UserFrame{order_text(order, type, status, matched)});
  }
  void end_order(std::size_t order, std::string_view status, Shares matched) {
    orders_[order].ended = true;
    order_event(order, "CANCELLATION", status, matched);
  }
  /// A trade of this order that the venue has made; nothing is told yet.
  std::size_t make_trade(std::size_t order, Price price, Shares size) {
    orders_[order].matched += size;
    trades_.push_back({"trade-" + std::to_string(trades_.size() + 1), order, price, size});
    return trades_.size() - 1;
  }
  void tell_trade(std::size_t trade, model::TradeStatus status) {
    trades_[trade].status = status;
    say(model::UserFrame{trade_text(trade, status)});
  }
  /// Trade and order event as the venue would send them, for a test that lets them wait.
  [[nodiscard]] std::string trade_text(std::size_t trade, model::TradeStatus status) const {
    const VenueTrade& t = trades_[trade];
    const VenueOrder& o = orders_[t.order];
    const bool maker = o.intent.crossing == model::Crossing::post_only;
    return user_trade_frame(head(o.intent.token), {t.id, frame_order(t.order), t.price, t.size, status, maker},
                            config_.maker_address);
  }
  [[nodiscard]] std::string order_text(std::size_t order, std::string_view type, std::string_view status,
                                       Shares matched) const {
    return user_order_frame(head(orders_[order].intent.token), frame_order(order), type, status, matched);
  }
  /// The leg as a sweep of trades brings it.
  [[nodiscard]] model::UserTrade leg(std::size_t trade) const {
    const VenueTrade& t = trades_[trade];
    const model::PlaceOrder& o = orders_[t.order].intent;
    return {.trade = *model::make_trade_id(t.id),
            .order = o.id,
            .token = o.token,
            .side = o.side,
            .price = t.price,
            .size = t.size,
            .status = t.status,
            .maker = o.crossing == model::Crossing::post_only,
            .time = now_};
  }

  void on_command(const model::Command& command, Timestamp now) override {
    commands_.push_back({now, command});
    if (watch_) watch_(commands_.back());
    if (const auto* place = std::get_if<model::PlaceOrder>(&command)) {
      orders_.push_back({.intent = *place});
      if (automatic_.raw() >= 0 && place->crossing == model::Crossing::post_only) {
        pending_.push_back({now + automatic_, orders_.size() - 1, false});
      }
    } else if (const auto* cancel = std::get_if<model::CancelOrder>(&command)) {
      if (automatic_.raw() >= 0) pending_.push_back({now + automatic_, order_number(cancel->id), true});
    }
  }
  [[nodiscard]] std::size_t order_number(const model::OrderId& id) const {
    for (std::size_t i = orders_.size(); i-- > 0;) {
      if (orders_[i].intent.id == id) return i;
    }
    return orders_.size();
  }

 private:
  struct Pending {
    Timestamp at;
    std::size_t order = 0;
    bool cancel = false;
  };

  [[nodiscard]] FrameOrder frame_order(std::size_t order) const {
    const model::PlaceOrder& o = orders_[order].intent;
    return {o.id, o.side, o.price, o.size};
  }

  void answer_pending() {
    while (!pending_.empty() && pending_.front().at <= now_) {
      const Pending next = pending_.front();
      pending_.pop_front();
      VenueOrder& order = orders_[next.order];
      if (order.ended) continue;
      if (!next.cancel) {
        if (!order.answered) accept(next.order);
        continue;
      }
      say(model::CancelAnswer{.id = order.intent.id, .outcome = model::CancelOutcome::canceled});
      end_order(next.order, "CANCELED", orders_[next.order].matched);
    }
  }

  EngineConfig config_;
  Timestamp now_ = kTapeStart;
  std::vector<SentCommand> commands_;
  std::function<void(const SentCommand&)> watch_;
  std::vector<VenueOrder> orders_;
  std::vector<VenueTrade> trades_;
  std::deque<Pending> pending_;
  std::vector<std::array<std::map<std::int32_t, Shares>, 2>> displayed_;
  Duration automatic_{-1};
  bool pongs_ = true;
  Timestamp link_alive_at_ = kTapeStart;
  Timestamp next_pong_ = kTapeStart + seconds(5);
  RecordBook records_;
  std::vector<model::MarketSpec> specs_;
  std::uint64_t runs_ = 1;
  std::unique_ptr<Engine> engine_;
};

}  // namespace ebb::engine::testing
