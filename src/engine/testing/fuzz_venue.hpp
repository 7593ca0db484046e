// For tests only: a venue that does whatever a list of numbers tells it, as rudely as the real one may: answers that never
// come, messages that come late, twice, in another order or not at all, fills that race cancels, trades that fail. It keeps
// its own books of what is true, and only ever lies by silence.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/testing/invariants.hpp"
#include "engine/testing/rig.hpp"

namespace ebb::engine::testing {

/// One thing that happens, with a number for its details.
struct Happening {
  std::uint32_t kind = 0;
  std::uint32_t detail = 0;
};
inline std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << '{' << h.kind << ',' << h.detail << '}';
}
inline constexpr std::uint32_t kHappenings = 30;
/// Happens only where a tape asks for it: the engine is gone, and another one goes on with its records.
inline constexpr std::uint32_t kCrash = 30;

class FuzzVenue {
 public:
  FuzzVenue(EngineConfig config, int markets) : rig_(std::move(config)) {
    for (int i = 0; i < markets; ++i) {
      model::MarketSpec spec = test_market(i);
      if (i == markets - 1) {  // the last one ends within the tape
        spec.start = kTapeStart - seconds(3000);
        spec.end = kTapeStart + seconds(90);
        spec.end_precision = model::EndPrecision::exact;
      }
      rig_.add_market(spec);
    }
    tokens_ = static_cast<std::uint32_t>(2 * markets);
    resolved_.resize(static_cast<std::size_t>(markets));
    rig_.watch_commands([this](const SentCommand& sent) { on_command(sent); });
  }

  [[nodiscard]] Rig& rig() { return rig_; }
  [[nodiscard]] const std::string& broken() const { return broken_; }
  [[nodiscard]] std::string commands_text() const {
    std::string text;
    for (const SentCommand& sent : rig_.commands()) text += model::canonical_line(sent.command, sent.at);
    return text;
  }
  [[nodiscard]] std::size_t fills() { return rig_.trades().size(); }

  void happen(const Happening& h) {
    const std::uint32_t d = h.detail;
    switch (h.kind) {
      case 0:
      case 1: rig_.run_for(milliseconds(1 + d % 400)); break;
      case 2: rig_.run_for(milliseconds(d % 8000)); break;
      case 3:
      case 4:
      case 5:
      case 6: quote(token(d), d / 8); break;
      case 7: odd_quote(token(d), d / 8); break;
      case 8:
      case 9:
      case 10: answer_placement(d); break;
      case 11:
      case 12:
      case 13:
      case 14: fill(d); break;
      case 15:
      case 16: answer_cancel(d); break;
      case 17:
      case 18: answer_query(d); break;
      case 19:
      case 20: settle(d); break;
      case 21:
      case 22: deliver(d); break;
      case 23: deliver_twice(d); break;
      case 24: lose_trust(d); break;
      case 25: send_book(token(d)); break;
      case 26: operate(d); break;
      case 27: read_position(d); break;
      case 28: venue_cancels(d); break;
      case kCrash: crash(d); break;
      default: rare(d); break;
    }
    check();
  }

  /// From here on the venue is kind: everything is told, answered, settled; all is left and canceled.
  void make_peace() {
    kind_ = true;
    rig_.keep_link_alive(true);
    rig_.say(model::ConnectionOpened{model::ConnectionIndex(0)});
    rig_.say(model::VenueModeChange{model::VenueMode::normal});
    for (std::uint32_t i = 0; i < tokens_; ++i) quote(model::TokenIndex(i), 40);
    resolve(tokens_ / 2 - 1);
    rig_.say(model::OperatorRequest{model::OperatorAction::flatten, model::TokenIndex::none()});
    for (int second = 0; second < 420; ++second) {
      serve();
      rig_.run_for(seconds(1));
      check();
    }
    serve();
  }

  /// What the venue's own books say we hold, settled or not.
  [[nodiscard]] Shares held(model::TokenIndex token) const { return held_[token.value()]; }
  [[nodiscard]] bool resolved(std::uint32_t market) const { return resolved_[market]; }
  [[nodiscard]] std::uint32_t tokens() const { return tokens_; }

 private:
  enum class Stage : std::uint8_t { on_its_way, lost, live, ended };
  struct Truth {
    Stage stage = Stage::on_its_way;
    bool answered = false;  ///< the engine got an answer (or never will)
    bool cancel_wanted = false;
    bool query_wanted = false;
    Timestamp placed;
  };
  struct TradeTruth {
    model::TradeStatus status = model::TradeStatus::matched;
  };

  [[nodiscard]] model::TokenIndex token(std::uint32_t d) const { return model::TokenIndex(d % tokens_); }
  void fail(const std::string& what) {
    if (broken_.empty()) broken_ = what;
  }
  void check() {
    if (const std::string what = broken_invariant(rig_.engine()); !what.empty()) fail(what);
  }

  // What the engine sends is judged at the moment it leaves.
  void on_command(const SentCommand& sent) {
    const std::size_t number = truths_.size();
    if (const auto* place = std::get_if<model::PlaceOrder>(&sent.command)) {
      judge(*place, sent.at);
      truths_.push_back({.placed = sent.at});
      (void)number;
    } else if (const auto* cancel = std::get_if<model::CancelOrder>(&sent.command)) {
      truths_[rig_.order_number(cancel->id)].cancel_wanted = true;
    } else if (const auto* query = std::get_if<model::QueryOrder>(&sent.command)) {
      truths_[rig_.order_number(query->id)].query_wanted = true;
    } else if (std::holds_alternative<model::SweepTrades>(sent.command)) {
      sweep_wanted_ = true;
    } else if (const auto* book = std::get_if<model::RequestBook>(&sent.command)) {
      books_wanted_.push_back(book->token);
    } else if (const auto* position = std::get_if<model::RequestPosition>(&sent.command)) {
      positions_wanted_.push_back(position->token);
    }
  }
  void judge(const model::PlaceOrder& order, Timestamp now) {
    const Engine& engine = rig_.engine();
    if (engine.restarting()) fail("an order leaves while the restart is not complete");
    const bool exit = order.purpose == model::OrderPurpose::exit;
    const model::MarketSpec& spec = engine.markets().market_of(order.token);
    if (!engine.feed(order.token).trusted()) fail("an order leaves while its book is UNTRUSTED");
    const Duration link_age = now - rig_.link_alive_at();
    if (link_age > milliseconds(30'000)) fail("an order leaves while the link is STALE");
    if ((order.side == model::Side::buy || exit) && link_age > milliseconds(15'000))
      fail("a BUY or an exit leaves in soft-stale");
    if (!exit && order.crossing != model::Crossing::post_only) fail("an order that is no exit may cross");
    if (!exit && order.size < spec.min_order_size) fail("an order is smaller than the minimum");
    if (!on_tick(order.price, spec.tick) || order.price < spec.tick || order.price > kPriceOne - spec.tick)
      fail("a price off the grid");
    if (order.size != floor_to_lot(order.size)) fail("a size off the lot");
    if (order.side == model::Side::sell && !exit && order.price < engine.trader(order.token).sell.floor())
      fail("a SELL below its floor");
    if (order.side == model::Side::sell && open_sells(order.token) + order.size > settled(order.token)) {
      fail("a SELL offers more than the venue holds for us and has not promised already");
    }
    if (resolved_[engine.markets().token(order.token).market.value()]) fail("an order for a resolved market");
    if (spec.end.is_set() && now >= spec.end) fail("an order after the market's end");
  }
  /// SELL remainders that are live, on their way, unknown or being canceled.
  [[nodiscard]] Shares open_sells(model::TokenIndex token) {
    Shares sum;
    for (std::size_t i = 0; i < truths_.size(); ++i) {
      const VenueOrder& order = rig_.orders()[i];
      if (order.intent.token != token || order.intent.side != model::Side::sell) continue;
      if (truths_[i].stage == Stage::on_its_way || truths_[i].stage == Stage::live)
        sum += order.intent.size - order.matched;
    }
    return sum;
  }
  /// BUYs that are mined, minus SELLs from MATCHED on (a FAILED one is given back).
  [[nodiscard]] Shares settled(model::TokenIndex token) {
    Shares sum;
    for (std::size_t i = 0; i < trade_truths_.size(); ++i) {
      const VenueTrade& trade = rig_.trades()[i];
      const model::PlaceOrder& order = rig_.orders()[trade.order].intent;
      const model::TradeStatus status = trade_truths_[i].status;
      if (order.token != token || status == model::TradeStatus::failed) continue;
      if (order.side == model::Side::sell) sum -= trade.size;
      if (order.side == model::Side::buy &&
          (status == model::TradeStatus::mined || status == model::TradeStatus::confirmed))
        sum += trade.size;
    }
    return sum;
  }

  // Market.

  void quote(model::TokenIndex token, std::uint32_t d) {
    if (resolved_[token.value() / 2]) return;
    std::int32_t& mid = mids_[token.value()];
    mid = std::clamp(mid + static_cast<std::int32_t>(d % 15) - 7, 8, 90);
    const std::int32_t half = 1 + static_cast<std::int32_t>(d / 16 % 2);
    std::vector<TestLevel> levels =
        rig_.only_level(token, {model::Side::buy, Price(100 * (mid - half)), shares_of(100)});
    for (const TestLevel& level :
         rig_.only_level(token, {model::Side::sell, Price(100 * (mid + half)), shares_of(100)}))
      levels.push_back(level);
    if (rig_.engine().feed(token).trusted() && d % 7 != 0) {
      rig_.change(token, levels);
    } else {
      for (const TestLevel& level : levels) rig_.display(token, level);
      rig_.send_book(token);
    }
  }
  void odd_quote(model::TokenIndex token, std::uint32_t d) {
    if (resolved_[token.value() / 2]) return;
    const model::Side side = d % 2 == 0 ? model::Side::buy : model::Side::sell;
    if (d % 3 == 0) {
      rig_.change(token, rig_.only_level(token, {side, Price(0), Shares(0)}));  // a side is withdrawn
    } else if (d % 3 == 1) {
      rig_.change(token, {{side, Price(side == model::Side::buy ? 33 : 9967), shares_of(5)}});  // off the tick
    } else {
      rig_.market_frame(
          last_trade_frame(rig_.head(token), Price(100 * (1 + static_cast<std::int32_t>(d) % 98)), shares_of(1), side));
    }
  }
  void lose_trust(std::uint32_t d) {
    if (d % 4 == 0) rig_.say(model::FeedGap{model::ConnectionIndex(0)});
    if (d % 4 == 1) {
      rig_.say(model::ConnectionClosed{model::ConnectionIndex(0)});
      rig_.say(model::ConnectionOpened{model::ConnectionIndex(0)});
    }
    if (d % 4 == 2) {
      pongs_ = d % 8 < 4;
      rig_.keep_link_alive(pongs_);
      if (pongs_) rig_.say(model::LinkAlive{model::ConnectionIndex(0)});
    }
    if (d % 4 == 3) answer_books();
  }
  void send_book(model::TokenIndex token) {
    if (!resolved_[token.value() / 2]) rig_.send_book(token);
  }
  void answer_books() {
    for (const model::TokenIndex token : std::exchange(books_wanted_, {})) send_book(token);
  }

  // Orders.

  /// The d-th order for which `wanted` holds; none = size().
  template <class Wanted>
  [[nodiscard]] std::size_t pick(std::uint32_t d, Wanted wanted) {
    std::vector<std::size_t> found;
    for (std::size_t i = truths_.size() > 60 ? truths_.size() - 60 : 0; i < truths_.size(); ++i) {
      if (wanted(i)) found.push_back(i);
    }
    return found.empty() ? truths_.size() : found[d % found.size()];
  }
  [[nodiscard]] bool is_resolved(std::size_t order) { return resolved_[rig_.orders()[order].intent.token.value() / 2]; }
  void answer_placement(std::uint32_t d) {
    const std::size_t i = pick(d, [&](std::size_t o) { return !truths_[o].answered; });
    if (i == truths_.size()) return;
    Truth& truth = truths_[i];
    truth.answered = true;
    if (truth.stage == Stage::lost || truth.stage == Stage::ended) {  // too late for an answer: it is found by asking
      rig_.answer(i, {.outcome = model::PlaceOutcome::unknown});
      return;
    }
    if (truth.stage == Stage::on_its_way && is_resolved(i)) {
      truth.stage = Stage::ended;
      rig_.answer(i, {.outcome = model::PlaceOutcome::rejected, .reject = model::RejectKind::market_closed});
      return;
    }
    if (rig_.orders()[i].intent.crossing == model::Crossing::allowed) {
      answer_fak(i, d / 16);
      return;
    }
    switch (kind_ ? 0 : d / 16 % 8) {
      case 0:
      case 1:
      case 2:
      case 3:
        if (truth.stage == Stage::on_its_way) truth.stage = Stage::live;
        rig_.accept(i);
        break;
      case 4:
      case 5: {
        if (truth.stage != Stage::on_its_way) break;  // it rests already: no refusal can come
        static constexpr std::array kKinds = {model::RejectKind::post_only_crosses,
                                              model::RejectKind::not_enough_balance, model::RejectKind::rate_limited,
                                              model::RejectKind::other};
        truth.stage = Stage::ended;
        rig_.answer(i, {.outcome = model::PlaceOutcome::rejected, .reject = kKinds[d / 128 % kKinds.size()]});
        break;
      }
      case 6:  // a time-out; it reached the venue
        if (truth.stage == Stage::on_its_way) truth.stage = Stage::live;
        rig_.answer(i, {.outcome = model::PlaceOutcome::unknown});
        break;
      default:  // a time-out; it did not
        if (truth.stage == Stage::on_its_way) truth.stage = Stage::lost;
        rig_.answer(i, {.outcome = model::PlaceOutcome::unknown});
        break;
    }
  }
  void answer_fak(std::size_t i, std::uint32_t d) {
    const model::PlaceOrder order = rig_.orders()[i].intent;
    const std::int64_t lots = order.size.raw() / kLot.raw();
    const Shares part = kind_        ? order.size
                        : d % 4 == 0 ? Shares(0)
                        : d % 4 == 1 ? order.size
                                     : kLot * (static_cast<std::int64_t>(d) % (lots + 1));
    truths_[i].stage = Stage::ended;
    if (part.raw() == 0) {
      rig_.answer(i, {.outcome = model::PlaceOutcome::rejected, .reject = model::RejectKind::no_match});
      return;
    }
    trade(i, order.price, part);
    rig_.answer(i, {.outcome = model::PlaceOutcome::matched, .matched = part});
  }
  void trade(std::size_t order, Price price, Shares size) {
    const std::size_t number = rig_.make_trade(order, price, size);
    trade_truths_.push_back({});
    const model::PlaceOrder& intent = rig_.orders()[order].intent;
    held_[intent.token.value()] += intent.side == model::Side::buy ? size : -size;
    post(rig_.trade_text(number, model::TradeStatus::matched));
  }
  void fill(std::uint32_t d) {
    const std::size_t i = pick(d, [&](std::size_t o) {
      const bool lives = truths_[o].stage == Stage::live || truths_[o].stage == Stage::on_its_way;
      return lives && !is_resolved(o) && rig_.orders()[o].intent.crossing == model::Crossing::post_only;
    });
    if (i == truths_.size()) return;
    VenueOrder& order = rig_.orders()[i];
    truths_[i].stage = Stage::live;
    const Shares left = order.intent.size - order.matched;
    const std::int64_t lots = left.raw() / kLot.raw();
    const Shares part = d / 16 % 3 == 0 ? left : kLot * (1 + static_cast<std::int64_t>(d / 16) % lots);
    trade(i, order.intent.price, part);
    if (rig_.orders()[i].matched == order.intent.size) truths_[i].stage = Stage::ended;
    post(rig_.order_text(i, "UPDATE", "MATCHED", rig_.orders()[i].matched));
    if (d / 64 % 2 == 0) deliver_all();
  }
  void end_order(std::size_t i, std::string_view status) {
    truths_[i].stage = Stage::ended;
    post(rig_.order_text(i, "CANCELLATION", status, rig_.orders()[i].matched));
  }
  void answer_cancel(std::uint32_t d) {
    const std::size_t i = pick(d, [&](std::size_t o) { return truths_[o].cancel_wanted; });
    if (i == truths_.size()) return;
    Truth& truth = truths_[i];
    truth.cancel_wanted = false;
    if (truth.stage == Stage::on_its_way && !kind_ && d / 16 % 2 == 0) {
      rig_.say(model::CancelAnswer{.id = rig_.orders()[i].intent.id, .outcome = model::CancelOutcome::not_found});
      return;
    }
    const bool lives = truth.stage == Stage::live || truth.stage == Stage::on_its_way;
    if (!kind_ && d / 32 % 5 == 0) return;  // the request is lost
    if (lives) end_order(i, "CANCELED");
    rig_.say(
        model::CancelAnswer{.id = rig_.orders()[i].intent.id,
                            .outcome = lives ? model::CancelOutcome::canceled : model::CancelOutcome::already_done});
    if (kind_ || d / 64 % 2 == 0) deliver_all();
  }
  void answer_query(std::uint32_t d) {
    const std::size_t i = pick(d, [&](std::size_t o) { return truths_[o].query_wanted; });
    if (i == truths_.size()) return;
    Truth& truth = truths_[i];
    truth.query_wanted = false;
    model::OrderStatusAnswer answer{rig_.orders()[i].intent.id, model::VenueOrderStatus::unknown,
                                    rig_.orders()[i].matched};
    const bool refused = truth.stage == Stage::ended && rig_.orders()[i].ended && rig_.orders()[i].matched.raw() == 0 &&
                         rig_.orders()[i].answered;
    if (!kind_ && d / 16 % 4 == 0) {
      answer.size_matched = Shares(0);  // an error
    } else if (truth.stage == Stage::lost || (truth.stage == Stage::on_its_way && !rig_.orders()[i].answered) ||
               refused) {
      if (truth.stage == Stage::on_its_way) truth.stage = Stage::lost;  // who says "not found" must not find it later
      answer.status = model::VenueOrderStatus::not_found;
    } else if (truth.stage == Stage::ended) {
      answer.status = rig_.orders()[i].matched == rig_.orders()[i].intent.size ? model::VenueOrderStatus::matched
                                                                               : model::VenueOrderStatus::canceled;
    } else {
      answer.status = model::VenueOrderStatus::live;
    }
    rig_.say(answer);
  }
  void venue_cancels(std::uint32_t d) {
    const std::size_t i = pick(d, [&](std::size_t o) { return truths_[o].stage == Stage::live; });
    if (i == truths_.size()) return;
    end_order(i, d % 2 == 0 ? "INVALID" : "CANCELED");
    if (d / 16 % 2 == 0) deliver_all();
  }

  /// Nobody listens to what was on its way to us; what was on its way to the venue arrives, or does not.
  void crash(std::uint32_t d) {
    if (d % 2 == 0) messages_.clear();
    for (Truth& truth : truths_) {
      truth.query_wanted = false;
      if (truth.stage == Stage::on_its_way) truth.stage = d / 4 % 2 == 0 ? Stage::live : Stage::lost;
      truth.answered = true;
    }
    const portfolio::Ledger& before = rig_.engine().ledger();
    std::vector<portfolio::Position> held;
    for (std::uint32_t i = 0; i < tokens_; ++i) held.push_back(before.position(model::TokenIndex(i)));
    const std::array sums{before.cash(), before.capital(), before.realized(), before.fees()};
    const std::size_t open = rig_.engine().orders().open().size();
    const std::uint64_t fills = before.fills();
    rig_.crash_and_restart();
    const portfolio::Ledger& after = rig_.engine().ledger();
    for (std::uint32_t i = 0; i < tokens_; ++i) {
      if (!(after.position(model::TokenIndex(i)) == held[i])) fail("a position did not survive the restart");
    }
    if (sums != std::array{after.cash(), after.capital(), after.realized(), after.fees()} || fills != after.fills())
      fail("the ledger's sums did not survive the restart: cash " + to_text(sums[0]) + " -> " + to_text(after.cash()) +
           ", capital " + to_text(sums[1]) + " -> " + to_text(after.capital()) + ", fills " + std::to_string(fills) +
           " -> " + std::to_string(after.fills()));
    if (open != rig_.engine().orders().open().size()) fail("an order was forgotten, or came twice");
    books_wanted_.clear();
    for (std::uint32_t i = 0; i < tokens_; ++i) send_book(model::TokenIndex(i));
    if (d / 8 % 3 != 0) {
      sweep();
      deliver_all();
    }
  }

  // Trades.

  void settle(std::uint32_t d) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < trade_truths_.size(); ++i) {
      const model::TradeStatus status = trade_truths_[i].status;
      if (status != model::TradeStatus::failed && status != model::TradeStatus::confirmed) open.push_back(i);
    }
    if (open.empty()) return;
    const std::size_t i = open[d % open.size()];
    const model::TradeStatus status = trade_truths_[i].status;
    const bool early = status == model::TradeStatus::matched || status == model::TradeStatus::retrying;
    if (!kind_ && early && d / 64 % 9 == 0) {
      fail_trade(i);
      return;
    }
    const model::TradeStatus next = !early                      ? model::TradeStatus::confirmed
                                    : !kind_ && d / 64 % 9 == 1 ? model::TradeStatus::retrying
                                                                : model::TradeStatus::mined;
    if (next == status) return;
    trade_truths_[i].status = next;
    rig_.trades()[i].status = next;
    post(rig_.trade_text(i, next));
    if (kind_ || d / 1024 % 2 == 0) deliver_all();
  }
  void fail_trade(std::size_t i) {
    const VenueTrade trade = rig_.trades()[i];
    const model::PlaceOrder& order = rig_.orders()[trade.order].intent;
    if (resolved_[order.token.value() / 2]) return;
    trade_truths_[i].status = model::TradeStatus::failed;
    rig_.trades()[i].status = model::TradeStatus::failed;
    held_[order.token.value()] += order.side == model::Side::buy ? -trade.size : trade.size;
    post(rig_.trade_text(i, model::TradeStatus::failed));
    deliver_all();  // a leg that never was is told; what it gave back may not be sold before
  }

  // Messages on their way.

  void post(std::string text) { messages_.push_back(std::move(text)); }
  void deliver_at(std::size_t index, bool keep) {
    const std::string text = messages_[index];
    if (!keep) messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(index));
    rig_.say(model::UserFrame{text});
  }
  void deliver(std::uint32_t d) {
    if (messages_.empty()) return;
    if (!kind_ && d % 16 == 0) {  // lost for good, found by asking
      messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(d / 16 % messages_.size()));
      return;
    }
    deliver_at(d / 16 % messages_.size(), false);
  }
  void deliver_twice(std::uint32_t d) {
    if (!messages_.empty()) deliver_at(d % messages_.size(), true);
  }
  void deliver_all() {
    while (!messages_.empty()) deliver_at(0, false);
  }
  void sweep() {
    if (!sweep_wanted_) return;
    sweep_wanted_ = false;
    tell_all_trades();
  }
  void tell_all_trades() {
    std::vector<model::UserTrade> legs;
    for (std::size_t i = 0; i < rig_.trades().size(); ++i) legs.push_back(rig_.leg(i));
    rig_.say(model::TradesAnswer{legs, true});
  }

  // The rest.

  /// Mostly lets everything trade again, so that a tape does not spend its life stopped.
  void operate(std::uint32_t d) {
    static constexpr std::array kActions = {model::OperatorAction::pause,      model::OperatorAction::exit_token,
                                            model::OperatorAction::flatten,    model::OperatorAction::kill,
                                            model::OperatorAction::cancel_all, model::OperatorAction::sell_only};
    if (d % 24 >= kActions.size()) {
      rig_.say(model::VenueModeChange{model::VenueMode::normal});
      rig_.say(model::OperatorRequest{model::OperatorAction::resume, model::TokenIndex::none()});
      return;
    }
    const bool all = d / 64 % 4 == 0;
    rig_.say(model::OperatorRequest{kActions[d % 24], all ? model::TokenIndex::none() : token(d / 256)});
  }
  void read_position(std::uint32_t d) {
    const model::TokenIndex t = token(d);
    if (resolved_[t.value() / 2]) return;
    if (d / 16 % 3 == 0) {
      rig_.say(model::PositionReading{
          .token = t, .quality = d / 64 % 2 == 0 ? model::ReadingQuality::error : model::ReadingQuality::stale});
    } else {
      sweep();
      deliver_all();
      rig_.say(model::PositionReading{t, model::ReadingQuality::fresh, std::max(settled(t), Shares(0)), Price(5000)});
    }
  }
  void rare(std::uint32_t d) {
    switch (d % 8) {
      case 0: rig_.say(model::BuyRequest{token(d / 8), shares_of(5 + d / 64 % 10)}); break;
      case 1: {
        static constexpr std::array kModes = {model::VenueMode::normal, model::VenueMode::post_only,
                                              model::VenueMode::cancel_only, model::VenueMode::normal};
        rig_.say(model::VenueModeChange{kModes[d / 8 % kModes.size()]});
        break;
      }
      case 2: {
        const model::TokenIndex t = token(d / 8);
        const Price from = rig_.engine().markets().market_of(t).tick;
        rig_.market_frame(tick_frame(rig_.head(t), from, Price(from == Price(100) ? 10 : 100)));
        break;
      }
      case 3:
        if (d / 8 % 8 == 0) resolve(tokens_ / 2 - 1);
        break;
      case 4: tell_all_trades(); break;
      case 5: sweep(); break;
      case 6: rig_.say(model::BalanceReading{token(d / 8), d / 64 % 2 == 0, (settled(token(d / 8))).raw()}); break;
      default: rig_.run_for(seconds(20)); break;
    }
  }
  /// The last market is resolved: the venue cancels its orders first (rules 7.3).
  void resolve(std::uint32_t market) {
    if (resolved_[market]) return;
    deliver_all();
    for (std::size_t i = 0; i < truths_.size(); ++i) {
      if (rig_.orders()[i].intent.token.value() / 2 != market || truths_[i].stage == Stage::ended ||
          truths_[i].stage == Stage::lost)
        continue;
      end_order(i, "CANCELED_MARKET_RESOLVED");
    }
    tell_all_trades();
    resolved_[market] = true;
    const FrameHead head = rig_.head(model::TokenIndex(2 * market));
    rig_.market_frame(resolved_frame(head, head.asset_id));
  }
  /// One second of a kind venue.
  void serve() {
    deliver_all();
    for (std::size_t i = 0; i < truths_.size(); ++i) answer_everything();
    for (int i = 0; i < 3; ++i) settle_all();
    sweep();
    answer_books();
    for (std::uint32_t i = 0; i < tokens_; ++i) {
      if (!rig_.engine().feed(model::TokenIndex(i)).trusted()) send_book(model::TokenIndex(i));
    }
    for (const model::TokenIndex t : std::exchange(positions_wanted_, {})) {
      rig_.say(model::PositionReading{t, model::ReadingQuality::fresh, std::max(settled(t), Shares(0)), Price(5000)});
    }
    deliver_all();
  }
  void answer_everything() {
    answer_placement(0);
    answer_cancel(64);
    answer_query(16);
  }
  void settle_all() {
    for (std::size_t i = 0; i < trade_truths_.size(); ++i) settle(static_cast<std::uint32_t>(i) * 0);
  }

  Rig rig_;
  std::uint32_t tokens_ = 0;
  std::vector<Truth> truths_;
  std::vector<TradeTruth> trade_truths_;
  std::vector<std::string> messages_;
  std::vector<model::TokenIndex> books_wanted_;
  std::vector<model::TokenIndex> positions_wanted_;
  std::vector<bool> resolved_;
  std::array<std::int32_t, 8> mids_{50, 50, 50, 50, 50, 50, 50, 50};
  std::array<Shares, 8> held_{};
  bool pongs_ = true;
  bool sweep_wanted_ = false;
  bool kind_ = false;
  std::string broken_;
};

}  // namespace ebb::engine::testing
