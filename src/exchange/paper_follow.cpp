#include "exchange/paper_venue_impl.hpp"

#include <algorithm>

namespace ebb::exchange {

using namespace paper;

void PaperVenue::Impl::on_frame(Timestamp received, const model::DecodedFrame& frame,
                                model::ConnectionIndex connection) {
  enter(received);
  ++count_.frames;
  if (gaps_.on_frame(connection, now_)) {
    ++count_.gaps;
    lose(connection);
  }
  for (const model::MarketEvent& event : frame.events) {
    switch (event.kind) {
      case model::MarketEventKind::book: on_book(frame, event, connection); break;
      case model::MarketEventKind::price_change: on_changes(frame, event, connection); break;
      case model::MarketEventKind::last_trade_price: on_print(event, connection); break;
      case model::MarketEventKind::tick_size_change: on_tick_change(event); break;
      case model::MarketEventKind::market_resolved: on_resolved(event); break;
      case model::MarketEventKind::best_bid_ask:
      case model::MarketEventKind::new_market: break;
    }
  }
}

void PaperVenue::Impl::on_book(const model::DecodedFrame& frame, const model::MarketEvent& event,
                               model::ConnectionIndex connection) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (!place) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[place->market.value()];
  market.connection = connection;
  if (event.tick != model::kNoPrice) set_tick(market, event.tick);
  if (event.min_order_size.raw() >= 0) market.min_order_size = event.min_order_size;
  after_feed(place->market,
             market.feed.on_book(place->outcome, event.timestamp_ms, frame.bids(event), frame.asks(event)));
}

void PaperVenue::Impl::on_changes(const model::DecodedFrame& frame, const model::MarketEvent& event,
                                  model::ConnectionIndex connection) {
  const auto changes = frame.changes_of(event);
  outcomes_.assign(changes.size(), MarketFeed::kForeign);
  model::MarketIndex index = model::MarketIndex::none();
  std::string_view last_asset;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i > 0 && changes[i].asset_id == last_asset) {
      outcomes_[i] = outcomes_[i - 1];
      continue;
    }
    last_asset = changes[i].asset_id;
    const std::optional<Place> place = locate(last_asset, event.market);
    if (!place || (index.valid() && place->market != index)) continue;  // one message speaks of one market
    index = place->market;
    outcomes_[i] = place->outcome;
  }
  if (!index.valid()) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[index.value()];
  market.connection = connection;
  after_feed(index, market.feed.on_changes(event.timestamp_ms, changes, outcomes_));
}

/// The token of that outcome, or its sibling where nobody has named it.
Place PaperVenue::Impl::nameable(model::MarketIndex market, std::uint8_t outcome) const {
  if (!table_.token_of(market, outcome).valid()) outcome = outcome == 0 ? 1 : 0;
  return {market, outcome, table_.token_of(market, outcome)};
}

void PaperVenue::Impl::after_feed(model::MarketIndex index, FeedEffect effect) {
  Market& market = markets_[index.value()];
  if (effect == FeedEffect::distrusted) ++count_.distrusted;
  if (effect == FeedEffect::none || effect == FeedEffect::distrusted || !market.fills.active()) return;
  const Place shown = nameable(index, market.feed.shown_by());
  market.fills.name_units(shown.token, shown.outcome);
  if (effect == FeedEffect::resynced) market.fills.resync(now_, market.feed.book());
  market.fills.on_book(now_, market.feed.book(), effect != FeedEffect::late, matches_);
  apply_matches();
}

void PaperVenue::Impl::on_print(const model::MarketEvent& event, model::ConnectionIndex connection) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (!place) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[place->market.value()];
  market.connection = connection;
  if (event.size.raw() <= 0 || event.price.raw() <= 0 || event.price >= kPriceOne) return;
  const YesPrint print{in_yes(place->outcome, event.price), event.size, in_yes(place->outcome, event.side),
                       event.timestamp_ms};
  if (!market.feed.on_print(print)) {
    ++count_.repeated_prints;
    return;
  }
  ++count_.prints;
  if (!market.feed.trusted()) return;
  const Place named = nameable(place->market, place->outcome);
  market.fills.on_print(now_, print, market.feed.book(), named.token, named.outcome, matches_);
  apply_matches();
}

void PaperVenue::Impl::on_tick_change(const model::MarketEvent& event) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (place && event.tick != model::kNoPrice) set_tick(markets_[place->market.value()], event.tick);
}

void PaperVenue::Impl::set_tick(Market& market, Price tick) {
  if (tick == market.tick || tick.raw() < 1) return;
  market.tick = tick;
  if (market.fills.active()) market.fills.resync(now_, market.feed.book());
}

void PaperVenue::Impl::lose(model::ConnectionIndex connection) {
  for (Market& market : markets_) {
    if (market.connection == connection) distrust(market);
  }
}

void PaperVenue::Impl::distrust(Market& market) {
  if (!market.feed.trusted()) return;
  market.feed.distrust();
  ++count_.distrusted;
}

/// Whether the market's book can be acted on at this moment (no gap is running).
bool PaperVenue::Impl::readable(const Market& market) const {
  return market.feed.trusted() && !gaps_.running(market.connection, now_);
}

void PaperVenue::Impl::end_market(model::MarketIndex index) {
  Market& market = markets_[index.value()];
  if (market.ended) return;
  market.ended = true;
  cancel_all(market, "CANCELED");
  if (market.resolved) return;
  FeedEnded ended{index, {}};
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(index, outcome);
    auto& open = ended.positions[outcome];
    open.token = token;
    if (!token.valid()) continue;
    open.size = account_.position(token);
    open.last_bid = quote(token).bid;
  }
  if (market.feed.seen() || ended.positions[0].size != Shares() || ended.positions[1].size != Shares()) {
    count_.feed_ended.push_back(ended);
  }
}

void PaperVenue::Impl::on_resolved(const model::MarketEvent& event) {
  const model::MarketIndex index = table_.find_market(event.market);
  if (!index.valid()) return;
  Market& market = markets_[index.value()];
  if (market.resolved) return;
  market.resolved = true;
  cancel_all(market, "CANCELED_MARKET_RESOLVED");
  market.ended = true;
  const std::optional<Place> winner = locate(event.winning_asset_id, event.market);
  if (!winner || winner->market != index) return;
  market.winner = winner->outcome;
  const double delay = static_cast<double>(config_.settlement.payout_delay.raw()) * config_.settlement.scale;
  schedule(now_ + Duration(static_cast<std::int64_t>(delay)), Due::payout, index.value());
}

void PaperVenue::Impl::pay_out(std::uint32_t index) {
  const Market& market = markets_[index];
  bool waits = false;
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(model::MarketIndex(index), outcome);
    waits |= token.valid() && account_.unsettled(token);
  }
  if (waits) return schedule(now_ + seconds(1), Due::payout, index);
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(model::MarketIndex(index), outcome);
    if (token.valid()) account_.redeem(token, outcome == market.winner ? kUsdcScale : 0);
  }
}

}  // namespace ebb::exchange
