// What the exchange tells the world: frames of the market channel and of the accounts, and the truth record.
#include "exchange/exchange_impl.hpp"
#include "exchange/user_frames.hpp"

namespace ebb::exchange {
namespace {

const std::string kNoHash(40, '0');

}  // namespace

UserIdentity Exchange::Impl::identity_of(AccountIndex account) const {
  const Identity& identity = accounts[account.value()].identity;
  return {identity.owner, identity.address};
}

std::string_view to_text(TruthOrderKind kind) {
  static constexpr std::string_view kNames[] = {"accepted", "refused", "filled",   "canceled",
                                                "expired",  "invalid", "resolved", "cancel_refused"};
  return kNames[static_cast<std::size_t>(kind)];
}

TokenBook Exchange::Impl::token_book(model::MarketIndex market, std::uint8_t outcome) const {
  TokenBook book;
  read_ladders(listing(market).book, outcome, book);
  book.last_trade = listing(market).last_trade[outcome];
  book.ms = listing(market).changed_ms;
  book.tick = listing(market).tick;
  book.hashed = config.book_hashes;
  return book;
}

model::Quote Exchange::Impl::quote(model::MarketIndex market, std::uint8_t outcome) const {
  const OrderBook& book = listing(market).book;
  const Price bid = book.best(Direction::bid);
  const Price ask = book.best(Direction::ask);
  const Shares bid_size = book.empty(Direction::bid) ? Shares{} : book.level_size(Direction::bid, bid);
  const Shares ask_size = book.empty(Direction::ask) ? Shares{} : book.level_size(Direction::ask, ask);
  if (outcome == 0) return {bid, ask, bid_size, ask_size};
  return {complement(ask), complement(bid), ask_size, bid_size};
}

std::string_view to_text(MarketEventKind kind) {
  static constexpr std::string_view kNames[] = {"book",         "price_change", "last_trade_price", "tick_size_change",
                                                "best_bid_ask", "new_market",   "market_resolved"};
  return kNames[static_cast<std::size_t>(kind)];
}

void Exchange::Impl::emit_market(model::MarketIndex market, MarketEventKind kind, model::TokenIndex token,
                                 std::string text) {
  market_events += static_cast<std::uint64_t>(event_count(kind));
  outbox.market(now, market, kind, token, std::move(text));
}

void Exchange::Impl::emit_change(model::MarketIndex market, Direction direction, Price yes_price,
                                 std::uint8_t first_outcome) {
  Listing& list = listing(market);
  list.changed_ms = now.ms();
  std::array<ChangeEntry, 2> entries;
  std::array<std::string, 2> hashes;
  for (std::uint8_t i = 0; i < 2; ++i) {
    const std::uint8_t outcome = i == 0 ? first_outcome : static_cast<std::uint8_t>(1 - first_outcome);
    const model::Quote touch = quote(market, outcome);
    if (config.book_hashes) hashes[i] = book_hash(spec(market), outcome, token_book(market, outcome));
    const bool bid_ladder = (direction == Direction::bid) == (outcome == 0);
    entries[i] = {spec(market).tokens[outcome].token_id,
                  in_terms_of(outcome, yes_price),
                  list.book.level_size(direction, yes_price),
                  bid_ladder ? model::Side::buy : model::Side::sell,
                  config.book_hashes ? hashes[i] : kNoHash,
                  touch.bid,
                  touch.ask};
  }
  emit_market(market, MarketEventKind::price_change, model::TokenIndex::none(),
              price_change(spec(market).condition_id, now.ms(), entries));
  emit_touch(market);
}

void Exchange::Impl::emit_books(model::MarketIndex market, std::uint8_t first_outcome) {
  listing(market).changed_ms = now.ms();
  for (std::uint8_t i = 0; i < 2; ++i) {
    const std::uint8_t outcome = i == 0 ? first_outcome : static_cast<std::uint8_t>(1 - first_outcome);
    emit_market(market, MarketEventKind::book, markets.token_of(market, outcome),
                stream_book(spec(market), outcome, token_book(market, outcome)));
  }
  emit_touch(market);
}

void Exchange::Impl::emit_touch(model::MarketIndex market) {
  if (!config.emit_best_bid_ask) return;
  Listing& list = listing(market);
  const model::Quote touch = quote(market, 0);
  if (touch.bid == list.told_touch.bid && touch.ask == list.told_touch.ask) return;
  list.told_touch = touch;
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::Quote own = quote(market, outcome);
    emit_market(
        market, MarketEventKind::best_bid_ask, markets.token_of(market, outcome),
        best_bid_ask(spec(market).condition_id, spec(market).tokens[outcome].token_id, now.ms(), own.bid, own.ask));
  }
}

void Exchange::Impl::change_tick(model::MarketIndex market, Price new_tick) {
  Listing& list = listing(market);
  if (list.tick == new_tick) return;
  const Price old_tick = list.tick;
  list.tick = new_tick;
  list.changed_ms = now.ms();
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = markets.token_of(market, outcome);
    emit_market(market, MarketEventKind::tick_size_change, token,
                tick_size_change(spec(market).condition_id, markets.token_id(token), now.ms(), old_tick, new_tick));
  }
  outbox.flush();
}

void Exchange::Impl::emit_order(Slot slot, model::UserOrderType type, std::string_view status) {
  const OrderRecord& order = orders[slot];
  if (!streamed(order.account)) return;
  UserOrderFrame frame;
  frame.type = type;
  frame.status = status;
  frame.id = order.id;
  frame.identity = identity_of(order.account);
  frame.market = spec(order.market).condition_id;
  frame.asset_id = markets.token_id(order.token);
  frame.outcome = markets.outcome(order.token);
  frame.side = order.side;
  frame.order_type = order.type;
  frame.price = order.price;
  frame.original_size = order.original;
  frame.size_matched = order.matched;
  frame.associate_trades = order.trades;
  frame.created = order.created;
  frame.expiration = order.expiration;
  frame.time = now;
  std::string text;
  append_order_frame(text, frame);
  outbox.user(now, order.account, order.market, std::move(text));
}

void Exchange::Impl::emit_trade(Slot slot, AccountIndex receiver) {
  if (!streamed(receiver)) return;
  const Trade& trade = trades[slot];
  const Leg& taker = trade.legs.front();
  std::vector<MakerOrderFrame> makers;
  for (std::size_t i = 1; i < trade.legs.size(); ++i) {
    const Leg& leg = trade.legs[i];
    makers.push_back({leg.order, identity_of(leg.account), markets.token_id(leg.token), markets.outcome(leg.token),
                      outcome_of(leg.token), leg.side, leg.price, leg.size});
  }
  UserTradeFrame frame;
  frame.id = trade.id.view();
  frame.status = trade.status;
  frame.taker_order = taker.order;
  frame.taker = identity_of(taker.account);
  frame.trade_owner = accounts[receiver.value()].identity.owner;
  frame.trader_side = receiver == taker.account ? TraderSide::taker : TraderSide::maker;
  frame.market = spec(trade.market).condition_id;
  frame.asset_id = markets.token_id(taker.token);
  frame.outcome = markets.outcome(taker.token);
  frame.side = taker.side;
  frame.price = taker.price;
  frame.size = taker.size;
  frame.makers = makers;
  frame.match_time = trade.matched;
  frame.last_update = now;
  std::string text;
  append_trade_frame(text, frame);
  outbox.user(now, receiver, trade.market, std::move(text));
}

void Exchange::Impl::record_order(Slot slot, TruthOrderKind kind, std::string text) {
  const OrderRecord& order = orders[slot];
  if (!streamed(order.account)) return;
  truth.orders.push_back({now, order.id, order.account, order.token, kind, order.side, order.type, order.crossing,
                          order.price, order.original, order.matched, order.end == OrderEnd::live, std::move(text)});
}

}  // namespace ebb::exchange
