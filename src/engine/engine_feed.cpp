// From bytes to books: decoding, trust, gaps, tick changes, resolutions, hash checks.
#include <algorithm>

#include "base/mutant.hpp"
#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr Duration kGapSilence = seconds(5);
constexpr std::uint32_t kGapRatePerMinute = 60;
constexpr std::size_t kTokensLookedUp = 8;

}  // namespace

void Engine::on_frame(model::ConnectionIndex index, std::string_view text) {
  Connection& c = connection(index);
  c.link.last_alive = now_;
  count_frame(index);
  decode_and_apply(index, text);
}

void Engine::decode_and_apply(model::ConnectionIndex index, std::string_view text) {
  current_connection_ = index;
  ++stats_.frames;
  decoder_.decode(text, frame_);
  for (const model::MarketEvent& event : frame_.events) {
    switch (event.kind) {
      case model::MarketEventKind::book: on_book(event); break;
      case model::MarketEventKind::price_change: on_price_change(event); break;
      case model::MarketEventKind::last_trade_price: on_last_trade(event); break;
      case model::MarketEventKind::tick_size_change: on_tick_size(event); break;
      case model::MarketEventKind::market_resolved: on_resolved(event); break;
      case model::MarketEventKind::best_bid_ask:
      case model::MarketEventKind::new_market:
        ++stats_.events_total;
        ++stats_.events[static_cast<std::size_t>(event.kind)];
        break;
    }
  }
  for (const std::string_view asset : frame_.damaged) distrust(find_followed(asset), book::UntrustedReason::gap);
}

// none() for tokens that nobody follows (any more).
model::TokenIndex Engine::find_followed(std::string_view asset_id) const {
  const model::TokenIndex token = markets_.find_token(asset_id);
  return token.valid() && traders_[token.value()].blocked(Block::retired) ? model::TokenIndex::none() : token;
}

void Engine::on_book(const model::MarketEvent& event) {
  ++stats_.events_total;
  ++stats_.events[static_cast<std::size_t>(model::MarketEventKind::book)];
  const model::TokenIndex token = find_followed(event.asset_id);
  if (!token.valid()) {
    ++stats_.unknown_tokens;
    return;
  }
  note_connection(token);
  TokenTrader& trader = traders_[token.value()];
  book::TokenFeed& feed = feeds_[token.value()];
  ++trader.stats.events[static_cast<std::size_t>(model::MarketEventKind::book)];
  LevelSizes sizes;
  if (!trader.own.empty()) remember_levels(token, sizes);
  const bool was_trusted = feed.trusted();
  const book::FeedResult result = feed.on_book(now_, event, frame_.bids(event), frame_.asks(event));
  // Books of the stream come after trades and do not tell the trade's price: their hash cannot be checked, nor those that
  // follow, until a snapshot or a print tells it (protocol 2.4).
  const bool printed_now = trader.last_print == now_;
  trader.last_trade_known = event.has_last_trade_field || (trader.last_trade_known && printed_now);
  if (!trader.own.empty()) update_shown(token, sizes);
  after_feed(token, result, was_trusted);
}

void Engine::on_price_change(const model::MarketEvent& event) {
  const auto changes = frame_.changes_of(event);
  // All tokens of the message are looked up first, so that their memory is on its way while the first one is applied.
  std::array<model::TokenIndex, kTokensLookedUp> tokens;
  const std::size_t known = std::min(changes.size(), tokens.size());
  for (std::size_t i = 0; i < known; ++i) {
    tokens[i] = markets_.find_token(changes[i].asset_id);
    if (!tokens[i].valid()) continue;
    feeds_[tokens[i].value()].prefetch();
    __builtin_prefetch(&traders_[tokens[i].value()]);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::string_view asset = changes[i].asset_id;
    bool seen = false;  // several entries of one asset are one event, applied in order, evaluated once
    for (std::size_t k = 0; k < i && !seen; ++k) seen = changes[k].asset_id == asset;
    if (seen) continue;
    ++stats_.events_total;
    ++stats_.events[static_cast<std::size_t>(model::MarketEventKind::price_change)];
    const model::TokenIndex token = i < known ? tokens[i] : markets_.find_token(asset);
    if (!token.valid() || traders_[token.value()].blocked(Block::retired)) {
      ++stats_.unknown_tokens;
      continue;
    }
    note_connection(token);
    TokenTrader& trader = traders_[token.value()];
    book::TokenFeed& feed = feeds_[token.value()];
    ++trader.stats.events[static_cast<std::size_t>(model::MarketEventKind::price_change)];
    LevelSizes sizes;
    if (!trader.own.empty()) remember_levels(token, sizes);
    const bool was_trusted = feed.trusted();
    const book::FeedResult result = feed.on_changes(now_, event.timestamp_ms, changes, asset);
    if (!trader.own.empty()) update_shown(token, sizes);
    after_feed(token, result, was_trusted);
  }
}

void Engine::on_last_trade(const model::MarketEvent& event) {
  ++stats_.events_total;
  ++stats_.events[static_cast<std::size_t>(model::MarketEventKind::last_trade_price)];
  const model::TokenIndex token = find_followed(event.asset_id);
  if (!token.valid()) {
    ++stats_.unknown_tokens;
    return;
  }
  TokenTrader& trader = traders_[token.value()];
  ++trader.stats.events[static_cast<std::size_t>(model::MarketEventKind::last_trade_price)];
  feeds_[token.value()].on_last_trade(now_, event.price);
  trader.last_trade_known = true;
  trader.last_print = now_;
  if (!trader.traded()) return;
  ++stats_.prints_traded;
  ++trader.stats.prints;
  evaluate(token, Cause::event);
}

void Engine::on_tick_size(const model::MarketEvent& event) {
  ++stats_.events_total;
  ++stats_.events[static_cast<std::size_t>(model::MarketEventKind::tick_size_change)];
  const model::TokenIndex token = find_followed(event.asset_id);
  if (!token.valid()) {
    ++stats_.unknown_tokens;
    return;
  }
  ++traders_[token.value()].stats.events[static_cast<std::size_t>(model::MarketEventKind::tick_size_change)];
  const book::FeedResult result = feeds_[token.value()].on_tick_size(now_, event.tick);
  if (result.became_untrusted) on_trust_lost(token);
  if (!result.tick_changed) return;
  apply_tick(token, event.tick);
  if (!result.became_untrusted) emit(model::RequestBook{token, model::BookRequestReason::tick_change});
}

// The order grid changes at once, for both tokens; the routines re-check their orders against it.
void Engine::apply_tick(model::TokenIndex token, Price tick) {
  const model::MarketIndex market = markets_.token(token).market;
  if (market_states_[market.value()].tick == tick || EBB_MUTANT(keep_old_tick)) return;
  market_states_[market.value()].tick = tick;
  markets_.mutable_market(market).tick = tick;
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex t = markets_.token_of(market, outcome);
    if (t.valid() && traders_[t.value()].has_work) evaluate(t, Cause::answer);
  }
}

void Engine::on_resolved(const model::MarketEvent& event) {
  ++stats_.events_total;
  ++stats_.events[static_cast<std::size_t>(model::MarketEventKind::market_resolved)];
  const model::MarketIndex market = markets_.find_market(event.market);
  if (!market.valid() || market_states_[market.value()].resolved) return;
  const model::TokenIndex winner = markets_.find_token(event.winning_asset_id);
  std::array<Price, 2> payout{model::kNoPrice, model::kNoPrice};
  if (winner.valid() || EBB_MUTANT(guess_payout)) {
    for (int outcome = 0; outcome < 2; ++outcome)
      payout[static_cast<std::size_t>(outcome)] = markets_.token_of(market, outcome) == winner ? kPriceOne : Price(0);
  }
  resolve(market, payout);
}

void Engine::resolve(model::MarketIndex market, const std::array<Price, 2>& payout) {
  market_states_[market.value()].resolved = true;
  market_states_[market.value()].payout = payout;
  ++stats_.markets_resolved;
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = markets_.token_of(market, outcome);
    if (!token.valid()) continue;
    traders_[token.value()].set(Block::resolved, true);
    redeem(token);
    cancel_all_of(token, model::CancelReason::market_end);
    update_work(token);
    evaluate(token, Cause::answer);
  }
}

// The first word counts: a payout that is known does not change.
void Engine::on_payout(const model::PayoutReading& reading) {
  if (!reading.market.valid() || reading.market.value() >= market_states_.size()) return;
  MarketState& state = market_states_[reading.market.value()];
  if (reading.payouts[0].raw() < 0 && reading.payouts[1].raw() < 0) {
    state.told_open = now_;
    return;
  }
  const bool whole = reading.payouts[0].raw() >= 0 && reading.payouts[1].raw() >= 0 &&
                     reading.payouts[0].raw() + reading.payouts[1].raw() == kPriceOne.raw();
  if (state.payout[0] != model::kNoPrice || !whole) return;
  if (!state.resolved) return resolve(reading.market, reading.payouts);  // it resolved while nobody listened
  state.payout = reading.payouts;
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = markets_.token_of(reading.market, outcome);
    if (!token.valid()) continue;
    redeem(token);
    update_work(token);
    evaluate(token, Cause::answer);
  }
}

std::vector<model::MarketIndex> Engine::unpaid_markets() const {
  std::vector<model::MarketIndex> unpaid;
  for (std::uint32_t i = 0; i < market_states_.size(); ++i) {
    const MarketState& state = market_states_[i];
    const bool suspected = !state.resolved && state.told_open < std::max(state.less_seen, state.refused_as_closed);
    if ((!state.resolved && !suspected) || state.payout[0] != model::kNoPrice) continue;
    const auto holds = [&](int outcome) {
      const model::TokenIndex token = markets_.token_of(model::MarketIndex(i), outcome);
      return token.valid() && ledger_.position(token).matched.raw() > 0;
    };
    if (suspected || holds(0) || holds(1)) unpaid.push_back(model::MarketIndex(i));
  }
  return unpaid;
}

// Where the winner is named the payout is known; otherwise (50/50) the position waits until it is told.
void Engine::redeem(model::TokenIndex token) {
  const model::TokenEntry& entry = markets_.token(token);
  const Price payout = market_states_[entry.market.value()].payout[entry.outcome];
  if (payout == model::kNoPrice || ledger_.position(token).matched.raw() == 0) return;
  book_payout(token, payout);
  traders_[token.value()].remember({now_, DecisionKind::closed, model::Side::sell, payout, Shares(0),
                                    payout == kPriceOne ? "redeemed as winner" : "redeemed as loser"});
}

void Engine::after_feed(model::TokenIndex token, const book::FeedResult& result, bool was_trusted) {
  TokenTrader& trader = traders_[token.value()];
  const book::TokenFeed& feed = feeds_[token.value()];
  if (result.tick_changed) apply_tick(token, feed.tick());
  const bool trusted = feed.trusted();
  if (trusted != was_trusted) {
    if (trusted) {
      if (trader.untrusted_from.is_set() && feed.stats().snapshots > 1)
        stats_.untrusted_time += now_ - trader.untrusted_from;
      trader.untrusted_from = {};
      trader.remember({now_, DecisionKind::trust_regained, model::Side::buy, {}, {}, "snapshot"});
    } else {
      note_incident("TRUST_LOST", token, 1);
      on_trust_lost(token);
    }
  } else if (result.became_untrusted) {
    on_trust_lost(token);
  }
  const bool changed = (result.effect != book::Effect::none || trusted != was_trusted) && refresh_net(token);
  if (trader.traded()) {
    if (changed) {
      evaluate(token, Cause::event);
    } else if (trusted != was_trusted) {
      evaluate(token, Cause::answer);
    }
  }
  if (config_.check_hashes) check_hash(token);
}

void Engine::on_trust_lost(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  ++stats_.untrusted_episodes;
  if (!trader.untrusted_from.is_set()) trader.untrusted_from = now_;
  trader.remember({now_,
                   DecisionKind::trust_lost,
                   model::Side::buy,
                   {},
                   {},
                   book::to_text(feeds_[token.value()].untrusted_reason())});
  emit(model::RequestBook{token, feeds_[token.value()].untrusted_reason() == book::UntrustedReason::hash_mismatch
                                     ? model::BookRequestReason::hash_mismatch
                                     : model::BookRequestReason::untrusted});
  if (trader.traded()) evaluate(token, Cause::answer);
}

// After the decision, by the budget (rules 1.5).
void Engine::check_hash(model::TokenIndex token) {
  book::TokenFeed& feed = feeds_[token.value()];
  if (!feed.hash_check_due(now_, config_.hash_check_min_interval) || !traders_[token.value()].last_trade_known) return;
  const model::MarketSpec& spec = markets_.market_of(token);
  const crypto::Sha1Digest digest = hasher_.hash(feed.book().view(), {.market = spec.condition_id,
                                                                      .asset_id = markets_.token_id(token),
                                                                      .timestamp_ms = feed.exchange_ms(),
                                                                      .min_order_size = spec.min_order_size,
                                                                      .tick = feed.tick(),
                                                                      .neg_risk = spec.neg_risk,
                                                                      .last_trade = feed.last_trade()});
  feed.on_hash(digest, now_);
}

// One incident for all its tokens.
void Engine::distrust_connection(model::ConnectionIndex connection, book::UntrustedReason reason) {
  if (EBB_MUTANT(trust_after_reconnect) && reason == book::UntrustedReason::reconnect) return;
  std::int64_t lost = 0;
  for (std::uint32_t i = 0; i < feeds_.size(); ++i) {
    if (traders_[i].connection != connection) continue;
    lost += feeds_[i].trusted() ? 1 : 0;
    distrust(model::TokenIndex(i), reason);
  }
  if (lost > 0) note_incident("TRUST_LOST", model::TokenIndex::none(), lost, connection);
}

void Engine::distrust(model::TokenIndex token, book::UntrustedReason reason) {
  if (!token.valid()) return;
  book::TokenFeed& feed = feeds_[token.value()];
  const bool was_trusted = feed.trusted();
  feed.distrust(reason, now_);
  if (was_trusted) on_trust_lost(token);
}

void Engine::count_frame(model::ConnectionIndex index) {
  Connection& connection = connections_[index.value()];
  // A silence that this frame ends, and that no timer has noticed.
  const bool silent = connection.last_frame.is_set() && now_ - connection.last_frame >= kGapSilence;
  if (silent && !connection.in_gap) [[unlikely]]
    note_silence(index);
  connection.last_frame = now_;
  connection.in_gap = false;
  ++connection.frames_this_second;
}

// A gap (rules 1.4): no frame on the whole connection for 5 s while its rate over the last minute was above 1/s.
void Engine::note_silence(model::ConnectionIndex index) {
  Connection& c = connections_[index.value()];
  if (c.frames_last_minute <= kGapRatePerMinute || EBB_MUTANT(ignore_gap)) return;
  c.in_gap = true;
  ++stats_.gaps;
  note_incident("GAP", model::TokenIndex::none(), (now_ - c.last_frame).raw() / 1'000'000, index);
  distrust_connection(index, book::UntrustedReason::gap);
}

void Engine::detect_gaps() {
  for (std::uint16_t i = 0; i < connections_.size(); ++i) {
    Connection& c = connections_[i];
    c.second = (c.second + 1) % 60;
    c.frames_last_minute += c.frames_this_second - c.per_second[c.second];
    c.per_second[c.second] = c.frames_this_second;
    c.frames_this_second = 0;
    if (c.in_gap || !c.last_frame.is_set() || now_ - c.last_frame < kGapSilence) continue;
    note_silence(model::ConnectionIndex(i));
  }
}

// The quote net of our own orders; true when it changed, and then it is counted for traded tokens.
bool Engine::refresh_net(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  if (!trader.own.empty()) settle_own(token);
  const book::Book& book = feeds_[token.value()].book();
  model::Quote net;
  if (trader.own.empty() || EBB_MUTANT(follow_ourselves)) {
    net = book.quote();
  } else {
    InlineVector<book::OwnLevel, 8> own;
    for (const OwnEntry& entry : trader.own) {
      if (entry.shown.raw() > 0) own.push_back({entry.side, entry.price, entry.shown});
    }
    net = book::net_quote(book, {own.begin(), own.size()});
  }
  if (net == trader.net) return false;
  trader.net = net;
  ++trader.net_version;
  if (trader.traded()) {
    ++stats_.quote_changes_traded;
    ++trader.stats.quote_changes;
  }
  return true;
}

}  // namespace ebb::engine
