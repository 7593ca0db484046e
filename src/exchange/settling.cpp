// From a match to settled money and shares (rules 7.3): one trade per price level of a taker, MATCHED -> MINED ->
// CONFIRMED or, before MINED only, FAILED; resolution and payout.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "exchange/exchange_impl.hpp"
#include "exchange/fees.hpp"

namespace ebb::exchange {

std::string Exchange::Impl::draw_hex(int bytes) {
  std::string out;
  for (int i = 0; i < bytes; i += 8) out += fmt::format("{:016x}", id_random.next());
  return out;
}

Exchange::Impl::Slot Exchange::Impl::open_trade(Slot taker, const Draft& draft, std::size_t first, std::size_t last) {
  Slot slot = static_cast<Slot>(trades.size());
  if (free_trades.empty()) {
    trades.emplace_back();
  } else {
    slot = free_trades.back();
    free_trades.pop_back();
  }
  Trade& trade = trades[slot];
  trade.legs.clear();
  const std::string hex = draw_hex(16);
  trade.id = *model::make_trade_id(fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                                               hex.substr(16, 4), hex.substr(20, 12)));
  trade.market = draft.market;
  trade.status = model::TradeStatus::matched;
  trade.matched = trade.updated = now;
  trade.streamed = streamed(orders[taker].account);
  Leg leg{orders[taker].id,
          orders[taker].account,
          orders[taker].token,
          orders[taker].side,
          fills[first].taker_price,
          Shares{},
          Usdc{},
          Usdc{}};
  for (std::size_t i = first; i < last; ++i) {
    leg.size += fills[i].size;
    leg.cash += fills[i].taker_cash;
    trade.streamed |= streamed(fills[i].maker_account);
  }
  leg.fee = taker_fee(spec(draft.market).fees, leg.price, leg.size);
  if (leg.side == model::Side::sell) leg.fee = std::min(leg.fee, leg.cash);  // a fee never exceeds the proceeds
  orders[taker].matched += leg.size;
  trade.legs.push_back(leg);
  for (std::size_t i = first; i < last; ++i) apply_maker(fills[i], trade, taker);
  for (const Leg& booked : trade.legs) book_matched(booked);
  return slot;
}

void Exchange::Impl::apply_maker(const Fill& fill, Trade& trade, Slot taker) {
  OrderRecord& maker = orders[static_cast<Slot>(fill.maker_tag)];
  CHECK(maker.account != orders[taker].account);
  trade.legs.push_back(
      {maker.id, maker.account, maker.token, maker.side, fill.maker_price, fill.size, fill.maker_cash, Usdc{}});
  maker.matched += fill.size;
  if (maker.side == model::Side::buy) {
    maker.reserved -= fill.maker_cash.raw();
    bank.reserve_buy(maker.account, maker.market, -fill.maker_cash.raw());
  } else {
    maker.reserved -= fill.size.raw();
    bank.holding(maker.account, maker.token).open_sells -= fill.size.raw();
  }
}

void Exchange::Impl::book_matched(const Leg& leg) {
  Holding& holding = bank.holding(leg.account, leg.token);
  if (leg.is_buy()) {
    bank.purse(leg.account).matched_buys += (leg.cash + leg.fee).raw();
    holding.matched_buys += leg.size.raw();
  } else {
    holding.matched_sells += leg.size.raw();
  }
}

/// Per maker of one trade: the trade, then its order's UPDATE (rules 7.6). `first` is the trade's first entry in `fills`.
void Exchange::Impl::tell_makers(Slot slot, std::size_t first) {
  const std::size_t makers = trades[slot].legs.size() - 1;
  const std::string id(trades[slot].id.view());
  for (std::size_t i = 0; i < makers; ++i) {
    const Fill& fill = fills[first + i];
    const Slot order_slot = static_cast<Slot>(fill.maker_tag);
    OrderRecord& order = orders[order_slot];
    if (streamed(order.account)) {
      order.trades.push_back(id);
      bool told = false;
      for (std::size_t k = 0; k < i; ++k) told |= fills[first + k].maker_account == order.account;
      if (!told) emit_trade(slot, order.account);
    }
    const bool filled = fill.closed && fill.left.raw() == 0;
    emit_order(order_slot, model::UserOrderType::update, filled ? "MATCHED" : "LIVE");
    if (fill.closed) order.handle = OrderHandle::none();
    if (filled) {
      order.end = OrderEnd::matched;
      unlink(order_slot);
      if (order.side == model::Side::buy) bank.reserve_buy(order.account, order.market, -order.reserved);
      order.reserved = 0;
    }
    record_order(order_slot, TruthOrderKind::filled);
    if (filled) forget_if_done(order_slot);
    if (fill.closed && !filled) end_order(order_slot, EndCause::dust);
  }
}

std::vector<Exchange::Impl::Slot> Exchange::Impl::apply_match(Slot taker, const Draft& draft, PlaceResult& result) {
  std::vector<Slot> slots;
  Listing& list = listing(draft.market);
  for (std::size_t first = 0; first < fills.size();) {
    std::size_t last = first + 1;
    while (last < fills.size() && fills[last].taker_price == fills[first].taker_price) ++last;
    const Slot slot = open_trade(taker, draft, first, last);
    slots.push_back(slot);
    tell_makers(slot, first);
    const Leg& leg = trades[slot].legs.front();
    const bool buy = leg.is_buy();
    result.making_micros += buy ? leg.cash.raw() : leg.size.raw();
    result.taking_micros += buy ? leg.size.raw() : leg.cash.raw();
    result.trade_ids.emplace_back(trades[slot].id.view());
    if (streamed(leg.account)) orders[taker].trades.emplace_back(trades[slot].id.view());
    first = last;
  }
  for (const Slot slot : slots) emit_trade(slot, orders[taker].account);
  for (const Slot slot : slots) {
    const Leg& leg = trades[slot].legs.front();
    list.last_trade[draft.outcome] = leg.price;
    emit_market(draft.market, MarketEventKind::last_trade_price, leg.token,
                last_trade_price(spec(draft.market).condition_id, markets.token_id(leg.token), now.ms(), leg.price,
                                 leg.size, leg.side, spec(draft.market).fees.rate_bps));
    record_trade(slot);
    schedule_settlement(slot);
  }
  return slots;
}

void Exchange::Impl::record_trade(Slot slot) {
  const Trade& trade = trades[slot];
  if (!trade.streamed) return;
  truth.trade_statuses.push_back({now, trade.id, trade.status});
  for (std::size_t i = 0; i < trade.legs.size(); ++i) {
    const Leg& leg = trade.legs[i];
    if (!streamed(leg.account)) continue;
    auto& own = accounts[leg.account.value()].trades;
    if (own.empty() || own.back() != slot) own.push_back(slot);
    truth.fills.push_back({now, trade.id, leg.order, leg.account,
                           i == 0 ? AccountIndex::none() : trade.legs.front().account, leg.token, leg.side, leg.price,
                           leg.size, leg.cash, leg.fee, i != 0});
  }
}

/// After the operation's frames: the tick near the ends, and buyers whose cash no longer covers their other orders.
void Exchange::Impl::after_match(model::MarketIndex market, const std::vector<Slot>& slots) {
  constexpr Price kHigh{9600}, kLow{400}, kFineTick{10}, kCoarseTick{100};
  const Price price = trades[slots.back()].legs.front().price;
  if (config.auto_tick && listing(market).tick == kCoarseTick && (price > kHigh || price < kLow)) {
    change_tick(market, kFineTick);
  }
  std::vector<AccountIndex> buyers;
  for (const Slot slot : slots) {
    for (const Leg& leg : trades[slot].legs) {
      if (leg.is_buy() && std::find(buyers.begin(), buyers.end(), leg.account) == buyers.end())
        buyers.push_back(leg.account);
    }
  }
  for (const AccountIndex buyer : buyers) enforce_cover(buyer);
}

Duration Exchange::Impl::draw_delay(Duration median) {
  const double drawn = settlement_random.lognormal(static_cast<double>(median.raw()), settlement_sigma);
  const double longest = 4.0 * static_cast<double>(config.settlement.p99.raw());
  return Duration(static_cast<std::int64_t>(std::min(drawn, longest) * config.settlement.scale));
}

void Exchange::Impl::schedule_settlement(Slot slot) {
  Trade& trade = trades[slot];
  trade.fails = settlement_random.chance(config.settlement.failure_probability);
  const bool retries = settlement_random.chance(trade.fails ? 0.5 : config.settlement.retry_probability);
  trade.next =
      retries ? model::TradeStatus::retrying : (trade.fails ? model::TradeStatus::failed : model::TradeStatus::mined);
  schedule(now + draw_delay(config.settlement.median), TaskKind::trade_step, slot);
}

void Exchange::Impl::trade_step(Slot slot) {
  Trade& trade = trades[slot];
  trade.status = trade.next;
  trade.updated = now;
  bool over = false;
  switch (trade.status) {
    case model::TradeStatus::matched: CHECK(false); break;
    case model::TradeStatus::retrying:
      trade.next = trade.fails ? model::TradeStatus::failed : model::TradeStatus::mined;
      schedule(now + draw_delay(config.settlement.median), TaskKind::trade_step, slot);
      break;
    case model::TradeStatus::mined:
      for (const Leg& leg : trade.legs) settle_leg(leg);
      settle_vault(trade);
      trade.next = model::TradeStatus::confirmed;
      over = !trade.streamed;
      if (!over) schedule(now + draw_delay(config.settlement.confirm_median), TaskKind::trade_step, slot);
      break;
    case model::TradeStatus::confirmed: over = true; break;
    case model::TradeStatus::failed:
      for (const Leg& leg : trade.legs) release_leg(leg);
      over = true;
      break;
  }
  if (trade.streamed) truth.trade_statuses.push_back({now, trade.id, trade.status});
  for (std::size_t i = trade.legs.size(); i > 0; --i) {
    // makers before the taker, each account once
    const AccountIndex account = trades[slot].legs[i % trades[slot].legs.size()].account;
    bool told = false;
    for (std::size_t k = trades[slot].legs.size(); k > i; --k) {
      told |= trades[slot].legs[k % trades[slot].legs.size()].account == account;
    }
    if (!told) emit_trade(slot, account);
  }
  outbox.flush();
  if (listing(trades[slot].market).paid) {
    for (const Leg& leg : trades[slot].legs) pay_account(leg.account, trades[slot].market);
  }
  if (over && !trades[slot].streamed) free_trades.push_back(slot);
}

void Exchange::Impl::settle_leg(const Leg& leg) {
  Holding& holding = bank.holding(leg.account, leg.token);
  if (leg.is_buy()) {
    bank.purse(leg.account).matched_buys -= (leg.cash + leg.fee).raw();
    if (matched_leak > 0.0 && streamed(leg.account)) {
      bank.purse(leg.account).leaked += static_cast<std::int64_t>(matched_leak * static_cast<double>(leg.cash.raw()));
    }
    holding.matched_buys -= leg.size.raw();
    change_cash(leg.account, -(leg.cash + leg.fee).raw(), TruthBalanceCause::trade);
    change_shares(leg.account, leg.token, leg.size.raw(), TruthBalanceCause::trade);
  } else {
    holding.matched_sells -= leg.size.raw();
    change_shares(leg.account, leg.token, -leg.size.raw(), TruthBalanceCause::trade);
    change_cash(leg.account, (leg.cash - leg.fee).raw(), TruthBalanceCause::trade);
  }
  bank.take_fee(leg.fee.raw());
}

/// What the legs minted or merged between them.
void Exchange::Impl::settle_vault(const Trade& trade) {
  Vault& vault = bank.vault(trade.market);
  for (const Leg& leg : trade.legs) {
    const std::int64_t sign = leg.is_buy() ? 1 : -1;
    vault.supply[outcome_of(leg.token)] += sign * leg.size.raw();
    vault.collateral += sign * leg.cash.raw();
  }
}

void Exchange::Impl::release_leg(const Leg& leg) {
  Holding& holding = bank.holding(leg.account, leg.token);
  if (leg.is_buy()) {
    bank.purse(leg.account).matched_buys -= (leg.cash + leg.fee).raw();
    holding.matched_buys -= leg.size.raw();
  } else {
    holding.matched_sells -= leg.size.raw();
  }
}

void Exchange::Impl::resolve(model::MarketIndex market, std::int64_t yes_payout) {
  Listing& list = listing(market);
  if (!list.open) return;
  list.open = false;
  list.yes_payout = yes_payout;
  truth.resolutions.push_back({now, market, yes_payout});
  std::vector<Slot> resting;
  for (const Direction side : {Direction::bid, Direction::ask}) {
    list.book.for_each_order(side, [&](std::uint64_t tag) { resting.push_back(static_cast<Slot>(tag)); });
  }
  std::sort(resting.begin(), resting.end(), [this](Slot a, Slot b) { return orders[a].serial < orders[b].serial; });
  for (const Slot slot : resting) end_order(slot, EndCause::resolved);
  emit_books(market, 0);
  const int winner = yes_payout == kUsdcScale ? 0 : (yes_payout == 0 ? 1 : 2);
  emit_market(market, MarketEventKind::market_resolved, model::TokenIndex::none(),
              market_resolved(spec(market), market.value() + 1, winner, now.ms()));
  outbox.flush();
  schedule(now + Duration(static_cast<std::int64_t>(static_cast<double>(config.settlement.payout_delay.raw()) *
                                                    config.settlement.scale)),
           TaskKind::payout, market.value());
}

void Exchange::Impl::pay_out(model::MarketIndex market) {
  listing(market).paid = true;
  for (std::uint32_t a = 0; a < accounts.size(); ++a) pay_account(AccountIndex(a), market);
}

/// Redeems what the account holds of the market and has not sold; shares that arrive later are redeemed as they come.
void Exchange::Impl::pay_account(AccountIndex account, model::MarketIndex market) {
  Vault& vault = bank.vault(market);
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = markets.token_of(market, outcome);
    const Holding holding = bank.holding(account, token);
    const std::int64_t shares = holding.settled - holding.matched_sells;
    if (shares <= 0) continue;
    const std::int64_t payout = outcome == 0 ? listing(market).yes_payout : kUsdcScale - listing(market).yes_payout;
    const std::int64_t cash = divide(static_cast<__int128>(shares) * payout, kShareScale, Rounding::down);
    change_shares(account, token, -shares, TruthBalanceCause::payout);
    if (cash > 0) change_cash(account, cash, TruthBalanceCause::payout);
    vault.supply[outcome] -= shares;
    vault.collateral -= cash;
  }
}

}  // namespace ebb::exchange
