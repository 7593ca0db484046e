#include "exchange/paper_venue_impl.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "exchange/paper_texts.hpp"
#include "model/fees.hpp"

namespace ebb::exchange {

using namespace paper;

// ---- an order arrives ----

void PaperVenue::Impl::arrive(const OrderRequest& request) {
  ++count_.placed;
  if (std::optional<Refusal> refusal = refuse(request)) return refused(request, std::move(*refusal));
  const bool may_take = request.crossing == model::Crossing::allowed || immediate(request.type);
  const Plan taking = may_take ? make_plan(request) : Plan();
  if (std::optional<Refusal> refusal = refuse_money(request, taking)) return refused(request, std::move(*refusal));
  if (may_take) cancel_own_opposite(request);
  if (request.type == model::OrderType::fok && !taking.complete) return refused(request, {std::string(kFokKilled)});
  if (request.type == model::OrderType::fak && taking.takes.empty()) {
    return refused(request, {std::string(kFakNoMatch)});
  }
  const std::uint32_t index = accept(request);
  PlaceResult result = take(index, taking);
  if (orders_[index].status == model::VenueOrderStatus::live) {
    if (immediate(request.type)) {
      cancel_order(index, "CANCELED", count_.canceled);
    } else {
      rest(index);
    }
  }
  answer(std::move(result));
  if (!taking.takes.empty()) drop_uncovered();
}

std::optional<Refusal> PaperVenue::Impl::refuse(const OrderRequest& r) const {
  if (!r.token.valid() || r.token.value() >= table_.token_count()) return Refusal{std::string(kNoOrderbook), 404};
  const Market& market = markets_[table_.token(r.token).market.value()];
  if (market.ended) return Refusal{std::string(kNoOrderbook), 404};
  if (orders_by_id_.contains(r.id)) return Refusal{duplicated_text(r.id)};
  const bool in_range = r.price >= market.tick && r.price <= kPriceOne - market.tick;
  if (!in_range || !on_tick(r.price, market.tick)) return Refusal{tick_text(r.id, r.price, market.tick)};
  if (!immediate(r.type) && r.size < market.min_order_size) {
    return Refusal{minimum_text(r.id, r.size, market.min_order_size)};
  }
  if (r.size.raw() <= 0 && r.maker_amount <= 0) return Refusal{minimum_text(r.id, r.size, market.min_order_size)};
  if (r.type == model::OrderType::gtd && r.expiration < now_ + config_.gtd_minimum) {
    return Refusal{std::string(kInvalidExpiration)};
  }
  if (immediate(r.type) && r.side == Side::buy) {
    const Usdc budget = r.maker_amount > 0 ? Usdc(r.maker_amount) : notional(r.price, r.size);
    if (budget < dollars(1)) return Refusal{marketable_minimum_text(budget)};
  }
  if (r.crossing == model::Crossing::post_only && !immediate(r.type) && crosses_anything(r)) {
    return Refusal{std::string(kPostOnlyCrosses)};
  }
  return std::nullopt;
}

/// Whether a post-only order meets the displayed book or an order of our own, in either token (rules 7.4, 8.1).
bool PaperVenue::Impl::crosses_anything(const OrderRequest& request) const {
  const Market& market = markets_[table_.token(request.token).market.value()];
  const Side side = yes_side(request);
  const Price price = yes_price(request);
  const auto meets = [&](Price other) { return side == Side::buy ? price >= other : price <= other; };
  const book::Ladder& opposite = market.feed.book().ladder(model::opposite(side));
  if (!opposite.empty() && meets(opposite.best_price())) return true;
  return std::ranges::any_of(market.open, [&](std::uint32_t index) {
    const OrderRequest& own = orders_[index].request;
    return yes_side(own) != side && meets(yes_price(own));
  });
}

Plan PaperVenue::Impl::make_plan(const OrderRequest& request) {
  Plan plan;
  const model::TokenEntry& token = table_.token(request.token);
  Market& market = markets_[token.market.value()];
  if (!readable(market)) return plan;
  levels_.clear();
  market.fills.takeable(market.feed.book(), yes_side(request), yes_price(request), levels_);
  const bool by_budget = immediate(request.type) && request.side == Side::buy && request.maker_amount > 0;
  const model::FeeSchedule& fees = table_.market(token.market).fees;
  for (const PaperTake& level : levels_) {
    const Price price = in_yes(token.outcome, level.price);
    const Shares wanted =
        by_budget ? Shares(divide(static_cast<__int128>(request.maker_amount - plan.cost.raw()) * kPriceScale,
                                  price.raw(), Rounding::down))
                  : request.size - plan.shares;
    const Shares size = std::min(wanted, level.available);
    if (size.raw() > 0) {
      plan.takes.push_back({level.price, size});
      plan.shares += size;
      plan.cost += notional(price, size, request.side == Side::buy ? Rounding::up : Rounding::down);
      plan.fees += model::taker_fee(price, size, fees);
    }
    plan.complete = wanted <= level.available;
    if (plan.complete) break;
  }
  return plan;
}

std::optional<Refusal> PaperVenue::Impl::refuse_money(const OrderRequest& r, const Plan& plan) const {
  const model::MarketIndex market = table_.token(r.token).market;
  GateSums sums;
  std::int64_t wanted = 0;
  if (r.side == Side::buy) {
    sums = account_.cash_sums(config_.cash_gate, market);
    Usdc amount = r.maker_amount > 0 ? Usdc(r.maker_amount) : notional(r.price, r.size, Rounding::up);
    if (!plan.takes.empty() || immediate(r.type)) {
      const Shares size = std::max(r.size, plan.shares);
      amount += std::max(plan.fees, model::taker_fee(r.price, size, table_.market(market).fees));
    }
    wanted = std::max(amount, plan.cost + plan.fees).raw();
  } else {
    sums = account_.share_sums(r.token);
    wanted = r.size.raw();
  }
  if (sums.free() >= wanted) return std::nullopt;
  return Refusal{not_enough_text(sums, wanted), 400, sums.free()};
}

void PaperVenue::Impl::refused(const OrderRequest& request, Refusal refusal) {
  ++count_.rejected;
  PlaceResult result;
  result.id = request.id;
  result.http_status = refusal.http_status;
  result.error = std::move(refusal.text);
  result.outcome = model::PlaceOutcome::rejected;
  result.free_micros = refusal.free_micros;
  answer(std::move(result));
}

/// A taker that would meet our own resting orders cancels them (rules 7.4, CancelMaker).
void PaperVenue::Impl::cancel_own_opposite(const OrderRequest& request) {
  Market& market = markets_[table_.token(request.token).market.value()];
  const Side side = yes_side(request);
  const Price price = yes_price(request);
  const std::vector<std::uint32_t> open = market.open;
  for (const std::uint32_t index : open) {
    const OrderRequest& own = orders_[index].request;
    if (yes_side(own) == side) continue;
    const bool meets = side == Side::buy ? price >= yes_price(own) : price <= yes_price(own);
    if (meets) cancel_order(index, "CANCELED", count_.canceled);
  }
}

std::uint32_t PaperVenue::Impl::accept(const OrderRequest& request) {
  const auto index = static_cast<std::uint32_t>(orders_.size());
  Order order;
  order.request = request;
  order.market = table_.token(request.token).market;
  order.created = now_;
  order.size = request.size;
  if (order.size.raw() <= 0) {  // a BUY by budget: what it would buy at its limit
    order.size =
        Shares(divide(static_cast<__int128>(request.maker_amount) * kPriceScale, request.price.raw(), Rounding::down));
  }
  orders_.push_back(std::move(order));
  orders_by_id_.emplace(request.id, index);
  return index;
}

PlaceResult PaperVenue::Impl::take(std::uint32_t index, const Plan& plan) {
  const OrderRequest request = orders_[index].request;
  PlaceResult result;
  result.id = request.id;
  result.success = true;
  result.outcome = plan.takes.empty() ? model::PlaceOutcome::live : model::PlaceOutcome::matched;
  if (plan.takes.empty()) return result;
  const model::MarketIndex where = orders_[index].market;
  Market& market = markets_[where.value()];
  const Place shown = nameable(where, market.feed.shown_by());
  market.fills.name_units(shown.token, shown.outcome);
  // By budget and at better prices than the limit there may be more shares than first computed.
  orders_[index].size = std::max(orders_[index].size, plan.shares);
  for (const Taking& taking : plan.takes) {
    const std::uint64_t unit =
        market.fills.take(now_, market.feed.book(), yes_side(request), taking.price, taking.size, request.id);
    fill(index, {index, FillRule::taken, taking.size, unit}, in_yes(table_.token(request.token).outcome, taking.price),
         false);
  }
  Order& order = orders_[index];
  const bool spent = plan.complete && immediate(request.type);
  if (spent || order.matched == order.size) close(index, model::VenueOrderStatus::matched);
  order_frame(order, model::UserOrderType::update,
              order.status == model::VenueOrderStatus::matched ? "MATCHED" : "LIVE");
  const bool buy = request.side == Side::buy;
  result.making_micros = buy ? plan.cost.raw() : plan.shares.raw();
  result.taking_micros = buy ? plan.shares.raw() : plan.cost.raw();
  result.trade_ids = order.trades;
  return result;
}

void PaperVenue::Impl::rest(std::uint32_t index) {
  Order& order = orders_[index];
  Market& market = markets_[order.market.value()];
  order.rested = true;
  ++count_.live;
  re_reserve(order);
  if (order.request.side == Side::sell) account_.reserve_shares(order.request.token, order.size - order.matched);
  market.open.push_back(index);
  const Shares queue = market.fills.add({index, order.request.id, yes_side(order.request), yes_price(order.request),
                                         order.size - order.matched, now_, market.feed.last_ms()},
                                        market.feed.book());
  queues_.push_back(queue.raw());
  if (order.request.type == model::OrderType::gtd) {
    schedule(order.request.expiration - config_.gtd_early, Due::expiry, index);
  }
  order_frame(order, model::UserOrderType::placement, "LIVE");
}

// ---- orders end ----

void PaperVenue::Impl::close(std::uint32_t index, model::VenueOrderStatus status) {
  Order& order = orders_[index];
  order.status = status;
  re_reserve(order);
  if (!order.rested) return;
  if (order.request.side == Side::sell) account_.reserve_shares(order.request.token, order.matched - order.size);
  Market& market = markets_[order.market.value()];
  std::erase(market.open, index);
  market.fills.remove(now_, index);
}

void PaperVenue::Impl::cancel_order(std::uint32_t index, std::string_view words, std::uint64_t& counter) {
  ++counter;
  close(index, model::VenueOrderStatus::canceled);
  order_frame(orders_[index], model::UserOrderType::cancellation, words);
}

void PaperVenue::Impl::cancel_all(Market& market, std::string_view words) {
  const std::vector<std::uint32_t> open = market.open;
  for (const std::uint32_t index : open) cancel_order(index, words, count_.ended);
}

void PaperVenue::Impl::answer_cancel(const OrderId& id) {
  CancelResult result;
  result.id = id;
  const auto it = orders_by_id_.find(id);
  if (it == orders_by_id_.end()) {
    result.reason = kCancelUnknown;
  } else if (orders_[it->second].status != model::VenueOrderStatus::live) {
    result.reason = orders_[it->second].status == model::VenueOrderStatus::matched ? kCancelMatched : kCancelCanceled;
  } else {
    cancel_order(it->second, "CANCELED", count_.canceled);
    result.canceled = true;
  }
  answer(std::move(result));
}

void PaperVenue::Impl::expire(std::uint32_t index) {
  if (orders_[index].status == model::VenueOrderStatus::live) cancel_order(index, "CANCELED", count_.expired);
}

/// When cash has fallen, the newest BUYs that it no longer covers become INVALID (rules 7.2).
void PaperVenue::Impl::drop_uncovered() {
  for (std::uint32_t m = 0; m < markets_.size(); ++m) {
    const model::MarketIndex market(m);
    while (account_.cash_sums(config_.cash_gate, market).free() < 0) {
      // Under the global gate the newest of all markets, else of this one.
      std::uint32_t newest = 0;
      bool found = false;
      const auto look = [&](const Market& where) {
        for (const std::uint32_t index : where.open) {
          if (orders_[index].request.side != Side::buy || (found && index < newest)) continue;
          newest = index;
          found = true;
        }
      };
      if (config_.cash_gate == PaperCashGate::global) {
        for (const Market& each : markets_) look(each);
      } else {
        look(markets_[m]);
      }
      CHECK(found);
      cancel_order(newest, "INVALID", count_.invalid);
    }
  }
}

}  // namespace ebb::exchange
