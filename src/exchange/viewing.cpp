// What the exchange tells about its orders and trades when it is asked (REST, operators).
#include "exchange/exchange_impl.hpp"

namespace ebb::exchange {
namespace {

std::string_view status_text(model::VenueOrderStatus status, EndCause cause) {
  if (status == model::VenueOrderStatus::live) return "LIVE";
  if (status == model::VenueOrderStatus::matched) return "MATCHED";
  if (cause == EndCause::invalid) return "INVALID";
  return cause == EndCause::resolved ? "CANCELED_MARKET_RESOLVED" : "CANCELED";
}

}  // namespace

std::optional<OrderView> Exchange::find_order(const model::OrderId& id) const {
  const auto it = impl_->orders_by_id.find(id);
  if (it == impl_->orders_by_id.end()) return std::nullopt;
  const Impl::OrderRecord& o = impl_->orders[it->second];
  static constexpr model::VenueOrderStatus kStatus[] = {model::VenueOrderStatus::live, model::VenueOrderStatus::matched,
                                                        model::VenueOrderStatus::canceled};
  OrderView view;
  view.order = {o.id, o.token, o.side, o.type, o.price, o.original, o.matched, o.created, o.expiration};
  view.account = o.account;
  view.status = kStatus[static_cast<std::size_t>(o.end)];
  view.status_text = status_text(view.status, o.cause);
  view.post_only = o.crossing == model::Crossing::post_only;
  view.trades = o.trades;
  return view;
}

std::vector<TradeView> Exchange::trades_of(AccountIndex account) const {
  std::vector<TradeView> views;
  for (const Impl::Slot slot : impl_->accounts[account.value()].trades) {
    const Impl::Trade& trade = impl_->trades[slot];
    TradeView view{trade.id, trade.market, trade.status, trade.matched, trade.updated, {}};
    for (const Impl::Leg& leg : trade.legs) {
      view.legs.push_back({leg.order, leg.account, leg.token, leg.side, leg.price, leg.size, leg.cash, leg.fee});
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace ebb::exchange
