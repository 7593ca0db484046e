#include "execution/exit.hpp"

#include <algorithm>

namespace ebb::execution {

std::string_view to_text(ExitReason reason) {
  static constexpr std::string_view kNames[] = {"NONE",       "OPERATOR_EXIT", "FLATTEN", "KILL_SWITCH",
                                                "MARKET_END", "COPY_SELL",     "RESUMED"};
  return kNames[static_cast<int>(reason)];
}

void Exit::start(Timestamp now, ExitReason reason) {
  *this = Exit{};
  active_ = true;
  reason_ = reason;
  started_ = now;
}

Action Exit::step(const MarketState& market, const model::Quote& net, const ExitRules& rules,
                  const ExitHolding& holding, const Order* order) {
  if (!active_) return Action::wait(Waiting::none);
  const bool working = order != nullptr && !order->terminal();
  const bool flat = holding.matched < kLot;
  const bool settled = holding.unsettled_sells.raw() <= 0;
  const bool ended = market.now >= rules.market_end;
  const Timestamp bound = started_ + rules.bound;
  if (!ended && market.now >= bound && (working || holding.orders_open)) return Action::finish(Result::manual);
  if (working) return Action::wait(order->working() ? Waiting::order_working : Waiting::unexplained, bound);
  if (holding.orders_open) return Action::wait(Waiting::cancel_pending, bound);
  if (flat && settled) return Action::finish(Result::flat);
  if (ended) return Action::wait(Waiting::awaiting_resolution);
  const bool dust = holding.matched < rules.min_order;
  if (market.now >= bound || (!flat && tries_ >= rules.max_tries)) {
    return Action::finish(dust && settled ? Result::flat : Result::manual);
  }
  if (flat) return Action::wait(Waiting::settling, bound);
  if (!market.trusted || market.stale || !market.fresh) return Action::wait(Waiting::exit_waits_book, bound);
  if (!market.crossing_allowed) return Action::wait(Waiting::venue_mode, bound);
  if (market.now < not_before_) return Action::wait(Waiting::requote_interval, not_before_);
  const Shares size = floor_to_lot(holding.sellable);
  if (size < kLot) {
    if (holding.unsettled_buys.raw() > 0) return Action::wait(Waiting::settling, bound);
    return dust && settled ? Action::finish(Result::flat) : Action::wait(Waiting::settling, bound);
  }
  if (dust && (net.bid_size.raw() <= 0 || !holding.worth_selling)) {
    return settled ? Action::finish(Result::flat) : Action::wait(Waiting::settling, bound);
  }
  if (net.bid_size.raw() <= 0) return Action::wait(Waiting::no_bid, bound);
  return Action::place(rung_price(net.bid, rules.tick), size, model::OrderPurpose::exit);
}

void Exit::on_placed(Timestamp now) {
  (void)now;
  ++tries_;
}

// A "no match" goes one rung down; anything sold starts the ladder again at the new bid.
void Exit::on_closed(Timestamp now, const Order& order, const ExitRules& rules) {
  not_before_ = now + rules.pause;
  if (order.filled.raw() > 0) {
    rung_ = 0;
  } else if (order.reject == model::RejectKind::no_match || order.state == model::OrderState::canceled) {
    rung_ = std::min(rung_ + 1, static_cast<int>(kLadder.size()));
  }
}

Price Exit::rung_price(Price bid, Price tick) const {
  if (rung_ >= static_cast<int>(kLadder.size())) return tick;
  const Price price(bid.raw() * kLadder[static_cast<std::size_t>(rung_)] / 1000);
  return std::clamp(floor_to_tick(price, tick), tick, kPriceOne - tick);
}

}  // namespace ebb::execution
