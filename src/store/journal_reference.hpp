// What a journal must give back, worked out without one: the fold of a list of records, for the tests to compare with.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "model/record.hpp"

namespace ebb::store::testing {

/// A recovery as text, one fact a line, with tokens by their text: equal texts are equal recoveries.
inline std::string describe(const model::Recovery& r) {
  using namespace model;
  const auto token = [&](TokenIndex index) { return index.valid() ? r.tokens.at(index.value()) : std::string("none"); };
  std::string out = fmt::format("first {} in_order {} last {} complete {}\n", r.first_run, r.ended_in_order,
                                r.last_record.ns(), r.trades_complete_until.ns());
  for (const RecoveredOrder& o : r.orders) {
    const PlaceOrder& p = o.intent.order;
    const OrderRecord& l = o.last;
    out +=
        fmt::format("order {} {} {} {} {} {} {} {} {}/{} {} {} {} {} ref {} cycle {} | {} {} {} {} {}{}{} {} {} {}\n",
                    to_text(p.id), token(p.token), to_text(p.side), to_text(p.type), static_cast<int>(p.crossing),
                    to_text(p.purpose), p.price.raw(), p.size.raw(), p.maker_amount, p.taker_amount, p.salt,
                    p.time.ns(), p.expiration.ns(), p.drop_after.ns(), o.intent.reference.raw(), o.intent.cycle,
                    to_text(l.state), to_text(l.step), l.filled.raw(), l.claimed.raw(), l.ended_at_venue,
                    l.cancel_requested, l.unexplained, to_text(l.cancel_reason), to_text(l.reject), o.time.ns());
  }
  for (const RecoveredBooking& b : r.bookings) {
    out += fmt::format("booking {} {}", b.time.ns(), b.folded ? "folded " : "");
    if (const auto* f = std::get_if<FillRecord>(&b.body)) {
      const UserTrade& t = f->trade;
      out += fmt::format("fill {} {} {} {} {} {} {} {} {} for {} fee {}\n", t.trade.view(), to_text(t.order),
                         token(t.token), to_text(t.side), t.price.raw(), t.size.raw(), to_text(t.status), t.maker,
                         t.time.ns(), f->dollars.raw(), f->fee.raw());
    } else if (const auto* c = std::get_if<LedgerRecord>(&b.body)) {
      out += fmt::format("{} {} {} {} {} {}\n", to_text(c->change), token(c->token), c->size.raw(), c->dollars.raw(),
                         c->payout.raw(), c->cost_known);
    } else {
      const auto& p = std::get<PositionRecord>(b.body);
      out += fmt::format("position {} {} {} {} {} {} {} {} {} {} {} {}\n", token(p.token), p.size.raw(), p.cost.raw(),
                         p.cost_known, p.realized.raw(), p.fees.raw(), p.cash_flow.raw(), p.adopted.raw(), p.buy_fills,
                         p.sell_fills, p.round_trips, p.trip_open);
    }
  }
  std::vector<std::string> states;
  for (const TokenRecord& s : r.token_states)
    states.push_back(fmt::format("state {} {} {} {}\n", token(s.token), s.blocks, s.round_trips, s.floor.raw()));
  std::ranges::sort(states);
  for (const std::string& s : states) out += s;
  return out;
}

/// Takes records in the order in which they became durable. Tokens are named by their index in `tokens`.
class ReferenceJournal {
 public:
  explicit ReferenceJournal(std::vector<std::string> tokens) { now_.tokens = std::move(tokens); }

  void begin_run(Timestamp time) {
    now_.first_run = false;
    now_.last_record = time;
  }
  void add(const model::Record& record) {
    now_.last_record = std::max(now_.last_record, record.time);
    std::visit([&](const auto& body) { take(record.time, body); }, record.body);
  }
  /// An intent out of the intent log: only what is not known yet.
  void add_stored(const model::IntentRecord& intent) { take(intent.order.time, intent); }

  [[nodiscard]] model::Recovery fold(Duration recent) const {
    model::Recovery r = now_;
    for (const model::RecoveredOrder& order : orders_) {
      if (!is_terminal(order.last.state)) r.orders.push_back(order);
    }
    add_folded(r, recent);
    for (std::size_t i = 0; i < bookings_.size(); ++i) {
      const Booking& b = bookings_[i];
      if (i < b.token_fold(*this) || (b.fill >= 0 && legs_[b.leg()].first < b.token_fold(*this))) continue;
      r.bookings.push_back({b.time, b.body, false});
    }
    for (const auto& [token, state] : states_) r.token_states.push_back(state);
    return r;
  }

 private:
  struct Leg {
    std::size_t first;  ///< index in bookings_
    std::size_t last;
    model::FillRecord told;  ///< the first report, with the newest status
    Timestamp time;
  };
  struct Booking {
    Timestamp time;
    std::variant<model::PositionRecord, model::FillRecord, model::LedgerRecord> body;
    model::TokenIndex token;
    int fill = -1;
    [[nodiscard]] std::size_t leg() const { return static_cast<std::size_t>(fill); }
    /// Index of the token's last position; 0 = none.
    [[nodiscard]] std::size_t token_fold(const ReferenceJournal& r) const {
      const auto found = r.folds_.find(token.value());
      return !token.valid() || found == r.folds_.end() ? 0 : found->second;
    }
  };

  void add_folded(model::Recovery& r, Duration recent) const {
    for (const Leg& leg : legs_) {
      const auto found = folds_.find(leg.told.trade.token.value());
      if (found == folds_.end() || leg.first >= found->second) continue;
      const bool lives = std::ranges::any_of(
          r.orders, [&](const model::RecoveredOrder& o) { return o.last.id == leg.told.trade.order; });
      const bool young = !r.trades_complete_until.is_set() || leg.told.trade.time >= r.trades_complete_until - recent;
      if (lives || young || leg.last > found->second) r.bookings.push_back({leg.time, leg.told, true});
    }
  }

  model::RecoveredOrder& order(const model::OrderId& id, model::TokenIndex token) {
    for (model::RecoveredOrder& known : orders_) {
      if (known.last.id == id) return known;
    }
    model::RecoveredOrder& added = orders_.emplace_back();
    added.last.id = added.intent.order.id = id;
    added.last.token = added.intent.order.token = token;
    added.last.state = model::OrderState::unknown;
    return added;
  }
  void take(Timestamp time, const model::IntentRecord& r) {
    const std::size_t known = orders_.size();
    model::RecoveredOrder& o = order(r.order.id, r.order.token);
    if (o.intent.order.size.raw() == 0) o.intent = r;
    if (orders_.size() == known) return;
    o.last.state = model::OrderState::intent;
    o.time = time;
  }
  void take(Timestamp time, const model::OrderRecord& r) {
    model::RecoveredOrder& o = order(r.id, r.token);
    const model::TokenIndex token = o.last.token;
    o.last = r;
    o.last.token = token;
    o.time = time;
  }
  void take(Timestamp time, const model::FillRecord& r) {
    const auto known = std::ranges::find_if(legs_, [&](const Leg& leg) {
      return leg.told.trade.trade == r.trade.trade && leg.told.trade.order == r.trade.order;
    });
    const std::size_t at = bookings_.size();
    const int index = static_cast<int>(known - legs_.begin());
    if (known == legs_.end()) legs_.push_back({at, at, r, time});
    Leg& leg = legs_[static_cast<std::size_t>(index)];
    leg.last = at;
    leg.told.trade.status = r.trade.status;
    bookings_.push_back({time, r, r.trade.token, index});
  }
  void take(Timestamp time, const model::LedgerRecord& r) { bookings_.push_back({time, r, r.token, -1}); }
  void take(Timestamp time, const model::PositionRecord& r) {
    // The very first booking would have index 0, which means "none": such a fold hides nothing anyhow.
    folds_[r.token.value()] = bookings_.size();
    bookings_.push_back({time, r, r.token, -1});
  }
  void take(Timestamp, const model::TokenRecord& r) { states_[r.token.value()] = r; }
  void take(Timestamp, const model::SweepRecord& r) { now_.trades_complete_until = r.complete_until; }
  void take(Timestamp, const auto&) {}

  model::Recovery now_;
  std::vector<model::RecoveredOrder> orders_;
  std::vector<Booking> bookings_;
  std::vector<Leg> legs_;
  std::map<std::uint32_t, std::size_t> folds_;
  std::map<std::uint32_t, model::TokenRecord> states_;
};

}  // namespace ebb::store::testing
