// What the faults do when they begin and end.
#include <algorithm>

#include "base/decimal.hpp"
#include "exchange/fault_words.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {

bool VenueServer::Impl::on_channel(const FaultSettings& fault, const VenueSocket& socket) {
  return fault.channel == FaultChannel::all ||
         (fault.channel == FaultChannel::user) == (socket.kind == SocketKind::user);
}

model::MarketIndex VenueServer::Impl::fault_market(const FaultSettings& fault) const {
  if (const auto number = parse_fault_count(fault.market); number) {
    return *number < market_count() ? model::MarketIndex(static_cast<std::uint32_t>(*number))
                                    : model::MarketIndex::none();
  }
  return exchange.markets().find_market(fault.market);
}

void VenueServer::Impl::disconnect(const FaultSettings& fault) {
  std::vector<SocketRef> closed;
  for (const auto& [ref, socket] : sockets.all()) {
    if (on_channel(fault, socket) && plan.roll(fault.share)) closed.push_back(ref);
  }
  for (const SocketRef ref : closed) close_socket(ref, fault.abrupt);
}

void VenueServer::Impl::remember_positions() {
  stale.clear();
  for (const Wallet& wallet : wallets) {
    StaleView view{exchange.balance(wallet.account), {}, false};
    for (std::uint32_t t = 0; t < exchange.markets().token_count(); ++t) {
      view.shares.push_back(exchange.position(wallet.account, model::TokenIndex(t)));
    }
    stale.push_back(std::move(view));
  }
}

void VenueServer::Impl::begin_fault(const FaultLine& line) {
  const FaultSettings& s = line.settings;
  const model::MarketIndex market = fault_market(s);
  switch (line.kind) {
    case FaultKind::disconnect: disconnect(s); break;
    case FaultKind::freeze:
      for (auto& [ref, socket] : sockets.all()) socket.frozen |= on_channel(s, socket) && plan.roll(s.share);
      break;
    case FaultKind::permute: exchange.set_emit_order(s.seed); break;
    case FaultKind::mode: exchange.set_mode(s.mode); break;
    case FaultKind::stale_positions: remember_positions(); break;
    case FaultKind::fail_settlement: exchange.set_failure_probability(s.share); break;
    case FaultKind::leak: exchange.set_matched_leak(s.share); break;
    case FaultKind::tick_change:
      if (market.valid() && exchange.is_open(market)) exchange.change_tick(now, market, s.tick);
      break;
    case FaultKind::resolve:
      if (market.valid()) exchange.schedule_resolution(market, now, s.payout_micros);
      exchange.advance(now);
      break;
    default: break;  // looked at when a request or a frame comes
  }
}

void VenueServer::Impl::end_fault(const FaultLine& line) {
  if (plan.active(line.kind) != nullptr && line.kind != FaultKind::tick_change) return;  // another one is still on
  const model::MarketIndex market = fault_market(line.settings);
  switch (line.kind) {
    case FaultKind::freeze:
      for (auto& [ref, socket] : sockets.all()) socket.frozen = false;
      break;
    case FaultKind::permute: exchange.set_emit_order(config.exchange.emit_order); break;
    case FaultKind::mode: exchange.set_mode(model::VenueMode::normal); break;
    case FaultKind::stale_positions: stale.clear(); break;
    case FaultKind::fail_settlement:
      exchange.set_failure_probability(config.exchange.settlement.failure_probability);
      break;
    case FaultKind::leak: exchange.set_matched_leak(0.0); break;
    case FaultKind::tick_change:
      if (market.valid() && exchange.is_open(market)) exchange.change_tick(now, market, spec(market).tick);
      break;
    default: break;
  }
}

/// Half of what is left, as a claim without a trade.
Shares VenueServer::Impl::claimed_matched(const OpenOrder& order) {
  if (plan.active(FaultKind::false_matched) == nullptr) return order.size_matched;
  return order.size_matched + floor_to_lot((order.original_size - order.size_matched) / 2);
}

std::string VenueServer::Impl::claim_matched(std::string text) {
  const FaultSettings* fault = plan.active(FaultKind::false_matched);
  constexpr std::string_view kKey = "\"size_matched\":\"", kId = "\"id\":\"";
  if (fault == nullptr || text.find("\"CANCELLATION\"") != std::string::npos || !plan.roll(fault->share)) return text;
  const auto at = text.find(kKey);
  const auto id_at = text.find(kId);
  if (at == std::string::npos || id_at == std::string::npos) return text;  // a trade
  const auto id = model::parse_order_id(std::string_view(text).substr(id_at + kId.size(), 66));
  const auto view = id ? exchange.find_order(*id) : std::nullopt;
  if (!view || view->status != model::VenueOrderStatus::live) return text;
  const auto begin = at + kKey.size();
  return text.replace(begin, text.find('"', begin) - begin, to_text(claimed_matched(view->order)));
}

}  // namespace ebb::exchange
