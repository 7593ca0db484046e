#include "exchange/paper_venue_impl.hpp"

#include <algorithm>

#include "model/fees.hpp"

namespace ebb::exchange {

using namespace paper;

// ---- fills ----

void PaperVenue::Impl::apply_matches() {
  if (matches_.empty()) return;
  for (const PaperMatch& match : matches_) {
    Order& order = orders_[match.handle];
    fill(match.handle, match, order.request.price, true);
    const bool complete = order.matched == order.size;
    if (complete) close(match.handle, model::VenueOrderStatus::matched);
    order_frame(order, model::UserOrderType::update, complete ? "MATCHED" : "LIVE");
  }
  matches_.clear();
  drop_uncovered();
}

/// Cash that the remainder of a resting BUY can still cost at its signed amounts.
Usdc PaperVenue::Impl::reserve_for(const Order& order) const {
  const Usdc total = order.request.maker_amount > 0 ? Usdc(order.request.maker_amount)
                                                    : notional(order.request.price, order.size, Rounding::up);
  return std::min(std::max(Usdc(), total - order.paid),
                  notional(order.request.price, order.size - order.matched, Rounding::up));
}

void PaperVenue::Impl::re_reserve(Order& order) {
  if (order.request.side != Side::buy) return;
  const Usdc wanted = order.status == model::VenueOrderStatus::live && order.rested ? reserve_for(order) : Usdc();
  account_.reserve_cash(order.market, wanted - order.reserved);
  order.reserved = wanted;
}

void PaperVenue::Impl::fill(std::uint32_t index, const PaperMatch& match, Price price, bool maker) {
  Order& order = orders_[index];
  const OrderRequest& request = order.request;
  PaperLeg leg{request.token, request.side, match.size, Usdc(), Usdc()};
  const bool buy = request.side == Side::buy;
  if (maker && request.maker_amount > 0 && request.taker_amount > 0) {  // counter amount by the signed amounts (5.5)
    leg.cash = buy ? Usdc(divide(static_cast<__int128>(match.size.raw()) * request.maker_amount, request.taker_amount,
                                 Rounding::up))
                   : Usdc(divide(static_cast<__int128>(match.size.raw()) * request.taker_amount, request.maker_amount,
                                 Rounding::down));
  } else {
    leg.cash = notional(price, match.size, buy ? Rounding::up : Rounding::down);
  }
  if (buy && maker) leg.cash = std::min(leg.cash, order.reserved);
  if (!maker) {
    leg.fee = model::taker_fee(price, match.size, table_.market(order.market).fees);
    if (!buy) leg.fee = std::min(leg.fee, leg.cash);
  }
  order.matched += match.size;
  order.paid += buy ? leg.cash : Usdc();
  re_reserve(order);
  if (!buy && maker) account_.reserve_shares(request.token, -match.size);
  account_.matched(leg);

  const auto trade_index = static_cast<std::uint32_t>(trades_.size());
  trades_.push_back(
      {new_uuid(), index, leg, price, maker, new_stranger_order(), model::TradeStatus::matched, now_, now_});
  const Trade& trade = trades_.back();
  order.trades.push_back(trade.id);
  fills_.push_back({now_, trade.id, request.id, request.token, request.side, match.rule, price, match.size, leg.cash,
                    leg.fee, match.unit});
  trade_frame(trade);
  settle_later(trade_index);
}

Duration PaperVenue::Impl::settlement_delay(Duration median) {
  const PaperSettlement& s = config_.settlement;
  const double ratio =
      static_cast<double>(s.p99.raw()) / static_cast<double>(std::max<std::int64_t>(1, s.median.raw()));
  const double sigma = ratio > 1.0 ? portable_log(ratio) / 2.3263478740408408 : 0.0;  // the normal's 99 % point
  const double ns = settlement_random_.lognormal(static_cast<double>(median.raw()) * s.scale, sigma);
  return Duration(static_cast<std::int64_t>(ns));
}

void PaperVenue::Impl::settle_later(std::uint32_t trade) {
  const Timestamp mined = now_ + settlement_delay(config_.settlement.median);
  schedule(mined, Due::mined, trade);
  schedule(mined + settlement_delay(config_.settlement.confirm_median), Due::confirmed, trade);
}

void PaperVenue::Impl::advance_trade(std::uint32_t index, model::TradeStatus status) {
  Trade& trade = trades_[index];
  trade.status = status;
  trade.updated_at = now_;
  if (status == model::TradeStatus::mined) account_.mined(trade.leg);
  trade_frame(trade);
}

// ---- frames ----

void PaperVenue::Impl::order_frame(const Order& order, model::UserOrderType type, std::string_view words) {
  UserOrderFrame frame;
  frame.type = type;
  frame.status = words;
  frame.id = order.request.id;
  frame.identity = identity();
  frame.market = table_.market(order.market).condition_id;
  frame.asset_id = table_.token_id(order.request.token);
  frame.outcome = outcome_text(order.request.token);
  frame.side = order.request.side;
  frame.order_type = order.request.type;
  frame.price = order.request.price;
  frame.original_size = order.size;
  frame.size_matched = order.matched;
  frame.associate_trades = order.trades;
  frame.created = order.created;
  frame.expiration = order.request.expiration;
  frame.time = now_;
  UserFrameText text;
  append_order_frame(text.text, frame);
  outputs_.push_back({now_ + config_.user_latency, std::move(text)});
}

void PaperVenue::Impl::trade_frame(const Trade& trade) {
  const Order& order = orders_[trade.order];
  const model::TokenIndex token = trade.leg.token;
  MakerOrderFrame maker;
  maker.id = trade.maker ? order.request.id : trade.counterparty;
  maker.identity = trade.maker ? identity() : UserIdentity{kStranger, kStrangerAddress};
  maker.asset_id = table_.token_id(token);
  maker.outcome = outcome_text(token);
  maker.outcome_index = table_.token(token).outcome;
  maker.side = trade.maker ? trade.leg.side : model::opposite(trade.leg.side);
  maker.price = trade.price;
  maker.matched = trade.leg.size;

  UserTradeFrame frame;
  frame.id = trade.id;
  frame.status = trade.status;
  frame.taker_order = trade.maker ? trade.counterparty : order.request.id;
  frame.taker = trade.maker ? UserIdentity{kStranger, kStrangerAddress} : identity();
  frame.trade_owner = config_.owner;
  frame.trader_side = trade.maker ? TraderSide::maker : TraderSide::taker;
  frame.market = table_.market(order.market).condition_id;
  frame.asset_id = maker.asset_id;
  frame.outcome = maker.outcome;
  frame.side = model::opposite(maker.side);
  frame.price = trade.price;
  frame.size = trade.leg.size;
  frame.makers = {&maker, 1};
  frame.match_time = trade.matched_at;
  frame.last_update = trade.updated_at;
  UserFrameText text;
  append_trade_frame(text.text, frame);
  outputs_.push_back({now_ + config_.user_latency, std::move(text)});
}

std::string PaperVenue::Impl::new_uuid() {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  std::uint64_t word = 0;
  for (int i = 0; i < 32; ++i) {
    if (i % 16 == 0) word = id_random_.next();
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += i == 12 ? '4' : kHex[word & 15];
    word >>= 4;
  }
  return text;
}

OrderId PaperVenue::Impl::new_stranger_order() {
  OrderId id;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i % 8 == 0) word = id_random_.next();
    id.bytes[i] = static_cast<std::uint8_t>(word);
    word >>= 8;
  }
  return id;
}

}  // namespace ebb::exchange
