// The way of an order into the book and out of it: the venue's checks in its words (protocol 6.3, rules 7), cancels,
// expiry, and orders that lose their cover.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/decimal.hpp"
#include "exchange/exchange_impl.hpp"
#include "exchange/fees.hpp"

namespace ebb::exchange {
namespace {

constexpr Usdc kMarketableMinimum = dollars(1);
constexpr Duration kGtdMinimumLife = seconds(180);  // protocol 6.1
constexpr Duration kGtdEarly = seconds(60);

bool is_market_order(model::OrderType type) { return type == model::OrderType::fok || type == model::OrderType::fak; }

std::string invalid_order(const model::OrderId& id, std::string_view why) {
  return fmt::format("order {} is invalid. {}", model::to_text(id), why);
}

/// The limit that the signed amounts imply, where it is tighter than the price (rules 4.6): a taker whose shares were
/// rounded up signed a price just short of its limit, and the contract holds him to it.
Price signed_limit(const OrderRequest& r) {
  if (r.maker_amount <= 0 || r.taker_amount <= 0) return r.price;
  if (r.side == model::Side::buy) {
    const auto implied = divide(static_cast<__int128>(r.maker_amount) * kPriceScale, r.taker_amount, Rounding::down);
    return std::min(r.price, Price(static_cast<std::int32_t>(std::min<std::int64_t>(implied, kPriceScale))));
  }
  const auto implied = divide(static_cast<__int128>(r.taker_amount) * kPriceScale, r.maker_amount, Rounding::up);
  return std::max(r.price, Price(static_cast<std::int32_t>(std::min<std::int64_t>(implied, kPriceScale))));
}

/// Decimals that a marketable order's taker amount may have (protocol 5.5, "amount dp"; four on the coarse ticks, too).
int taker_decimals(Price tick) {
  if (tick == Price(10) || tick == Price(50)) return 5;
  return tick == Price(1) || tick == Price(25) ? 6 : 4;
}
bool has_decimals(std::int64_t micros, int decimals) {
  std::int64_t step = 1;
  for (int i = decimals; i < 6; ++i) step *= 10;
  return micros % step == 0;
}

}  // namespace

PlaceResult Exchange::Impl::refuse(const OrderRequest& request, int http_status, std::string text,
                                   std::int64_t free_micros) {
  if (request.account.valid() && streamed(request.account)) {
    truth.orders.push_back({now, request.id, request.account, request.token, TruthOrderKind::refused, request.side,
                            request.type, request.crossing, request.price, request.size, Shares{}, false, text});
  }
  PlaceResult result;
  result.id = request.id;
  result.http_status = http_status;
  result.error = std::move(text);
  result.outcome = http_status == 425 ? model::PlaceOutcome::unknown : model::PlaceOutcome::rejected;
  result.free_micros = free_micros;
  return result;
}

std::string Exchange::Impl::check_mode(const OrderRequest& request, int& http_status) const {
  http_status = 503;
  switch (mode) {
    case model::VenueMode::normal: return {};
    case model::VenueMode::restarting: http_status = 425; return "the matching engine is restarting";
    case model::VenueMode::cancel_only:
      return "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
    case model::VenueMode::disabled: return "Trading is currently disabled. Check polymarket.com for updates";
    case model::VenueMode::post_only:
      if (request.crossing == model::Crossing::post_only) return {};
      return "post-only mode: only post-only orders and cancels are allowed";
  }
  return {};
}

std::string Exchange::Impl::check_form(const OrderRequest& r, Draft& draft, int& http_status) const {
  if (std::string text = check_mode(r, http_status); !text.empty()) return text;
  http_status = 400;
  if (r.token.value() >= markets.token_count()) return "Invalid token id";
  draft.market = markets.token(r.token).market;
  draft.outcome = outcome_of(r.token);
  draft.post_only = r.crossing == model::Crossing::post_only;
  if (!listing(draft.market).open) {
    http_status = 404;
    return "No orderbook exists for the requested token id";
  }
  if (draft.post_only && is_market_order(r.type)) return "Invalid order payload";
  if (orders_by_id.contains(r.id)) return invalid_order(r.id, "Duplicated.");
  const Price tick = listing(draft.market).tick;
  if (r.price < tick || r.price > kPriceOne - tick || !on_tick(r.price, tick)) {
    return invalid_order(r.id,
                         fmt::format("Price ({}) breaks minimum tick size rule: {}", to_text(r.price), to_text(tick)));
  }
  if (r.type == model::OrderType::gtd && r.expiration < now + kGtdMinimumLife) return "invalid expiration";
  return check_amounts(r, draft);
}

std::string Exchange::Impl::check_amounts(const OrderRequest& r, Draft& draft) const {
  CoreOrder& core = draft.core;
  core = {0, r.account, draft.outcome, r.side, r.price, r.size, Usdc(-1)};
  const bool buy = r.side == model::Side::buy;
  const bool signed_amounts = r.maker_amount != 0 || r.taker_amount != 0;
  if (!is_market_order(r.type)) {
    if (r.size.raw() <= 0 || r.size > kMaxShares || floor_to_lot(r.size) != r.size) return "Invalid order payload";
    const Usdc cash = notional(r.price, r.size);
    if (signed_amounts &&
        (r.maker_amount != (buy ? cash.raw() : r.size.raw()) || r.taker_amount != (buy ? r.size.raw() : cash.raw()))) {
      return "Invalid order payload";
    }
    const Shares minimum = spec(draft.market).min_order_size;
    if (r.size >= minimum) return {};
    return invalid_order(r.id, fmt::format("Size ({}) lower than the minimum: {}", to_text(r.size), to_text(minimum)));
  }
  constexpr std::int64_t kCent = 10'000;
  const int decimals = taker_decimals(listing(draft.market).tick);
  const std::int64_t making = signed_amounts ? r.maker_amount : (buy ? notional(r.price, r.size).raw() : r.size.raw());
  if (making <= 0 || r.taker_amount < 0 || making > kMaxShares.raw()) return "Invalid order payload";
  if (making % kCent != 0 || !has_decimals(r.taker_amount, decimals)) {
    return fmt::format(
        "invalid amounts, the market {} orders maker amount supports a max accuracy of 2 decimals, "
        "taker amount a max of {} decimals",
        buy ? "buy" : "sell", decimals);
  }
  core.price = signed_limit(r);
  if (core.price.raw() < 1 || core.price.raw() >= kPriceScale) return "Invalid order payload";
  if (buy) {
    core.budget = Usdc(making);
    if (core.budget >= kMarketableMinimum) return {};
    return fmt::format("invalid amount for a marketable BUY order (${}), min size: $1", to_text(core.budget));
  }
  core.size = Shares(making);
  return {};
}

std::string Exchange::Impl::check_funds(const OrderRequest& r, const Draft& draft, std::int64_t& free_micros) const {
  std::int64_t balance = 0, active = 0, matched = 0, needed = 0;
  if (r.side == model::Side::buy) {
    const Purse& purse = bank.purse(r.account);
    balance = purse.cash;
    active = config.cash_gate == CashGate::global ? purse.open_buys : bank.open_buys(r.account, draft.market);
    matched = purse.matched_buys + purse.leaked;
    const Usdc price = draft.core.budget.raw() >= 0 ? draft.core.budget : notional(r.price, r.size);
    needed = price.raw() + draft.fee.raw();
  } else {
    const Holding holding = bank.holding(r.account, r.token);
    balance = holding.settled;
    active = holding.open_sells;
    matched = holding.matched_sells;
    needed = draft.core.size.raw();
  }
  if (balance - active - matched >= needed) return {};
  free_micros = balance - active - matched;
  return fmt::format(
      "not enough balance / allowance: the balance is not enough -> balance: {}, sum of active orders: {}, "
      "sum of matched orders: {}, order amount: {} (inc. fees)",
      balance, active, matched, needed);
}

std::string Exchange::Impl::check_match(const OrderRequest& r, const Draft& draft) const {
  if (draft.post_only) {
    // Against own interest, too, over mint and merge (rules 7.4).
    return listing(draft.market).book.crosses(draft.core) ? "invalid post-only order: order crosses book"
                                                          : std::string();
  }
  if (config.self_trade == SelfTrade::reject_taker && draft.totals.met_own) {
    return invalid_order(r.id, "Self trade: it would match an order of the same account.");
  }
  if (r.type == model::OrderType::fok && !draft.totals.complete) {
    return "order couldn't be fully filled. FOK orders are fully filled or killed.";
  }
  if (r.type == model::OrderType::fak && draft.totals.filled.raw() == 0) {
    return "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.";
  }
  return {};
}

/// What it would match now and what that would cost.
void Exchange::Impl::probe(const OrderRequest& request, Draft& draft) {
  if (request.crossing == model::Crossing::post_only) return;
  takes.clear();
  draft.totals = listing(draft.market).book.probe(draft.core, config.self_trade, &takes);
  for (const auto& take : takes) draft.fee += taker_fee(spec(draft.market).fees, take.taker_price, take.size);
}

Preview Exchange::Impl::preview(const OrderRequest& request) {
  Draft draft;
  Preview seen;
  seen.refusal.id = request.id;
  seen.refusal.error = check_form(request, draft, seen.refusal.http_status);
  if (seen.refusal.error.empty()) {
    probe(request, draft);
    seen.refusal.http_status = 400;
    seen.refusal.error = check_funds(request, draft, seen.refusal.free_micros);
  }
  seen.refused = !seen.refusal.error.empty();
  seen.marketable = draft.totals.filled.raw() > 0;
  return seen;
}

PlaceResult Exchange::Impl::place(const OrderRequest& request) {
  CHECK(request.account.value() < accounts.size());
  Draft draft;
  int http_status = 400;
  if (std::string text = check_form(request, draft, http_status); !text.empty()) {
    return refuse(request, http_status, std::move(text));
  }
  probe(request, draft);
  std::int64_t free_micros = -1;
  if (std::string text = check_funds(request, draft, free_micros); !text.empty()) {
    return refuse(request, 400, std::move(text), free_micros);
  }
  if (std::string text = check_match(request, draft); !text.empty()) return refuse(request, 400, std::move(text));
  return accept(request, draft);
}

Exchange::Impl::Slot Exchange::Impl::new_order(const OrderRequest& r, const Draft& draft) {
  Slot slot = static_cast<Slot>(orders.size());
  if (free_orders.empty()) {
    orders.emplace_back();
  } else {
    slot = free_orders.back();
    free_orders.pop_back();
  }
  OrderRecord& order = orders[slot];
  order = OrderRecord{};
  order.id = r.id;
  order.account = r.account;
  order.token = r.token;
  order.market = draft.market;
  order.side = r.side;
  order.type = r.type;
  order.crossing = r.crossing;
  order.price = r.price;
  order.original =
      draft.core.budget.raw() >= 0 && r.size.raw() <= 0
          ? Shares(divide(static_cast<__int128>(draft.core.budget.raw()) * kPriceScale, r.price.raw(), Rounding::down))
          : draft.core.size;
  order.created = now;
  order.expiration = r.expiration;
  order.serial = ++serial;
  orders_by_id.emplace(r.id, slot);
  return slot;
}

PlaceResult Exchange::Impl::accept(const OrderRequest& request, const Draft& draft) {
  PlaceResult result;
  result.id = request.id;
  result.success = true;
  const Slot slot = new_order(request, draft);
  const model::MarketIndex market = draft.market;
  CoreOrder core = draft.core;
  core.tag = slot;
  fills.clear();
  canceled_tags.clear();
  MatchTotals totals;
  totals.left = core.size;
  if (!draft.post_only) totals = listing(market).book.match(core, config.self_trade, fills, canceled_tags);
  const bool matched = !fills.empty();
  for (const std::uint64_t tag : canceled_tags) {
    const Slot own = static_cast<Slot>(tag);
    orders[own].handle = OrderHandle::none();
    const Direction direction = direction_of(outcome_of(orders[own].token), orders[own].side);
    const Price yes_price = in_terms_of(outcome_of(orders[own].token), orders[own].price);
    const std::uint8_t outcome = outcome_of(orders[own].token);
    end_order(own, EndCause::self_trade);
    if (matched) continue;  // the `book` after the match tells the readers
    emit_change(market, direction, yes_price, outcome);
    outbox.flush();
  }
  std::vector<Slot> new_trades;
  if (matched) new_trades = apply_match(slot, draft, result);
  const bool rests = !is_market_order(request.type) && totals.left >= kLot;
  orders[slot].end = rests ? OrderEnd::live : (totals.complete ? OrderEnd::matched : OrderEnd::canceled);
  // A permuted group describes the state after the whole operation.
  if (rests && outbox.permutes()) put_to_rest(slot, core, totals.left);
  if (matched) emit_books(market, draft.outcome);
  if (rests && !outbox.permutes()) put_to_rest(slot, core, totals.left);
  record_order(slot, TruthOrderKind::accepted);
  if (rests) {
    emit_order(slot, model::UserOrderType::placement, "LIVE");
    emit_change(market, direction_of(draft.outcome, request.side), in_terms_of(draft.outcome, request.price),
                draft.outcome);
  }
  outbox.flush();
  result.outcome = rests ? model::PlaceOutcome::live : model::PlaceOutcome::matched;
  if (!rests && !totals.complete) record_order(slot, TruthOrderKind::canceled, "the rest of a FAK");
  forget_if_done(slot);
  if (matched) after_match(market, new_trades);
  return result;
}

void Exchange::Impl::put_to_rest(Slot slot, const CoreOrder& core, Shares size) {
  OrderRecord& order = orders[slot];
  order.handle = listing(order.market).book.rest(core, size);
  link(slot);
  if (order.side == model::Side::buy) {
    order.reserved = notional(order.price, size).raw();
    bank.reserve_buy(order.account, order.market, order.reserved);
  } else {
    order.reserved = size.raw();
    bank.holding(order.account, order.token).open_sells += order.reserved;
  }
  if (order.type == model::OrderType::gtd) schedule(order.expiration - kGtdEarly, TaskKind::expiry, slot, order.serial);
}

void Exchange::Impl::link(Slot slot) {
  AccountRecord& account = accounts[orders[slot].account.value()];
  orders[slot].previous = account.newest;
  orders[slot].next = kNoSlot;
  (account.newest == kNoSlot ? account.oldest : orders[account.newest].next) = slot;
  account.newest = slot;
}

void Exchange::Impl::unlink(Slot slot) {
  OrderRecord& order = orders[slot];
  AccountRecord& account = accounts[order.account.value()];
  (order.previous == kNoSlot ? account.oldest : orders[order.previous].next) = order.next;
  (order.next == kNoSlot ? account.newest : orders[order.next].previous) = order.previous;
}

CancelResult Exchange::Impl::cancel(AccountIndex account, const model::OrderId& id) {
  CancelResult result{id, false, {}};
  const auto it = orders_by_id.find(id);
  if (mode == model::VenueMode::disabled || mode == model::VenueMode::restarting) {
    result.reason = "Trading is currently disabled. Check polymarket.com for updates";
  } else if (it == orders_by_id.end() || orders[it->second].account != account) {
    result.reason = "Order not found or already canceled";
  } else if (orders[it->second].end == OrderEnd::matched) {
    result.reason = "Order already matched";
  } else if (orders[it->second].end == OrderEnd::canceled) {
    result.reason = "Order already canceled";
  } else {
    remove_order(it->second, EndCause::user);
    result.canceled = true;
  }
  if (!result.canceled && streamed(account)) {
    TruthOrder refused;
    refused.at = now;
    refused.id = id;
    refused.account = account;
    refused.kind = TruthOrderKind::cancel_refused;
    refused.text = result.reason;
    truth.orders.push_back(std::move(refused));
  }
  return result;
}

void Exchange::Impl::end_order(Slot slot, EndCause cause) {
  OrderRecord& order = orders[slot];
  if (order.handle.valid()) listing(order.market).book.cancel(order.handle);
  order.handle = OrderHandle::none();
  order.end = OrderEnd::canceled;
  order.cause = cause;
  unlink(slot);
  if (order.side == model::Side::buy) {
    bank.reserve_buy(order.account, order.market, -order.reserved);
  } else {
    bank.holding(order.account, order.token).open_sells -= order.reserved;
  }
  order.reserved = 0;
  struct Words {
    std::string_view status, reason;
    TruthOrderKind kind;
  };
  static constexpr Words kWords[] = {{"CANCELED", "user", TruthOrderKind::canceled},
                                     {"CANCELED", "self trade", TruthOrderKind::canceled},
                                     {"CANCELED", "dust", TruthOrderKind::canceled},
                                     {"CANCELED", "expired", TruthOrderKind::expired},
                                     {"INVALID", "no longer covered", TruthOrderKind::invalid},
                                     {"CANCELED_MARKET_RESOLVED", "market resolved", TruthOrderKind::resolved}};
  const Words& words = kWords[static_cast<std::size_t>(cause)];
  record_order(slot, words.kind, std::string(words.reason));
  emit_order(slot, model::UserOrderType::cancellation, words.status);
  forget_if_done(slot);
}

void Exchange::Impl::remove_order(Slot slot, EndCause cause) {
  const model::MarketIndex market = orders[slot].market;
  const std::uint8_t outcome = outcome_of(orders[slot].token);
  const Direction direction = direction_of(outcome, orders[slot].side);
  const Price yes_price = in_terms_of(outcome, orders[slot].price);
  end_order(slot, cause);
  emit_change(market, direction, yes_price, outcome);
  outbox.flush();
}

void Exchange::Impl::forget_if_done(Slot slot) {
  OrderRecord& order = orders[slot];
  if (order.end == OrderEnd::live || streamed(order.account)) return;
  orders_by_id.erase(order.id);
  order.serial = 0;
  free_orders.push_back(slot);
}

void Exchange::Impl::enforce_cover(AccountIndex account) {
  const Purse& purse = bank.purse(account);
  const std::int64_t available = purse.cash - purse.matched_buys;
  if (purse.open_buys <= available) return;  // then every single market is covered, too
  for (Slot slot = accounts[account.value()].newest; slot != kNoSlot;) {
    const Slot previous = orders[slot].previous;
    const OrderRecord& order = orders[slot];
    const std::int64_t open =
        config.cash_gate == CashGate::global ? purse.open_buys : bank.open_buys(account, order.market);
    if (order.side == model::Side::buy && open > available) remove_order(slot, EndCause::invalid);
    slot = previous;
  }
}

void Exchange::Impl::enforce_shares(AccountIndex account, model::TokenIndex token) {
  for (Slot slot = accounts[account.value()].newest; slot != kNoSlot;) {
    const Slot previous = orders[slot].previous;
    if (bank.holding(account, token).free() >= 0) return;
    if (orders[slot].side == model::Side::sell && orders[slot].token == token) remove_order(slot, EndCause::invalid);
    slot = previous;
  }
}

}  // namespace ebb::exchange
