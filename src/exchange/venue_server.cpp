// Time and the way of frames to the sockets.
#include "exchange/venue_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "exchange/background.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr Duration kSweep = seconds(5);  // protocol 6.5
constexpr Duration kHeartbeatLife = seconds(10);
constexpr Duration kSampleEvery = seconds(60);
constexpr std::size_t kMostSamples = 1440;
constexpr Duration kSilentSocket = seconds(10);  // a user socket that does not say who it is

ExchangeConfig exchange_config(const VenueConfig& config) {
  ExchangeConfig out = config.exchange;
  out.seed = config.seed;
  out.emit_best_bid_ask = true;
  return out;
}

}  // namespace

VenueServer::Impl::Impl(const VenueConfig& c, VenueSink& s, Timestamp at)
    : config(c),
      sink(s),
      exchange(exchange_config(c)),
      markets(venue_markets(c.seed, c.markets, at)),
      keys(c.seed, c.chain_id),
      plan(c.seed),
      sockets(static_cast<std::size_t>(c.markets)),
      digester(c.chain_id),
      start(at),
      now(at),
      next_sample(at) {
  const Timestamp opening = at - warm_up_time(c.markets);
  for (const VenueMarket& market : markets) CHECK(exchange.add_market(market.spec, opening).has_value());
  history.resize(markets.size());
  if (config.background) start_background(exchange, {config.seed, opening, at, config.events_per_second});
  exchange.advance(at);
  (void)exchange.take_outgoing();  // the warm-up was nobody's to see
  plan.add(config.faults, at);
  advance_to(at);
}

Timestamp VenueServer::Impl::next_own_time() const {
  Timestamp next = std::min({plan.next_time(), next_sweep, next_sample});
  if (!late.empty()) next = std::min(next, late.top().due);
  return next;
}

Timestamp VenueServer::Impl::next_time() const { return std::min(exchange.next_event_time(), next_own_time()); }

void VenueServer::Impl::advance_to(Timestamp until) {
  for (;;) {
    const Timestamp next = next_own_time();
    now = std::max(now, std::min(next, until));
    exchange.advance(now);
    deliver();
    if (next > until) return;
    run_own_timers();
    deliver();
  }
}

void VenueServer::Impl::run_own_timers() {
  while (auto edge = plan.take(now)) edge->begins ? begin_fault(edge->line) : end_fault(edge->line);
  if (next_sweep <= now) sweep_heartbeats();
  if (next_sample <= now) sample_prices();
  while (!late.empty() && late.top().due <= now) {
    Late item = late.top();
    late.pop();
    do_late(std::move(item));
  }
}

void VenueServer::Impl::do_late(Late item) {
  struct Visitor {
    Impl& impl;
    void operator()(LateReply& x) const { impl.sink.reply(x.token, std::move(x.response)); }
    void operator()(LateDrop& x) const { impl.sink.drop(x.token); }
    void operator()(LateFrame& x) const {
      if (VenueSocket* socket = impl.sockets.find(x.socket); socket != nullptr)
        impl.send_now(*socket, x.text, x.events);
    }
    void operator()(LateClose& x) const {
      const VenueSocket* socket = impl.sockets.find(x.socket);
      if (socket != nullptr && socket->user.empty()) impl.close_socket(x.socket, false);
    }
    void operator()(LateOrder& x) const { impl.finish_held(x); }
  };
  std::visit(Visitor{*this}, item.what);
}

void VenueServer::Impl::sample_prices() {
  for (std::uint32_t m = 0; m < history.size(); ++m) {
    auto& points = history[m];
    if (points.size() >= kMostSamples) points.erase(points.begin());
    points.emplace_back(now.ns() / 1'000'000'000, mid_of(exchange.markets().token_of(model::MarketIndex(m), 0)));
  }
  next_sample = now + kSampleEvery;
}

void VenueServer::Impl::sweep_heartbeats() {
  for (const auto& [key, beat] : heartbeats) {
    if (now - beat.last < kHeartbeatLife) continue;
    const auto user =
        std::find_if(keys.keys().begin(), keys.keys().end(), [&](const ApiKey& k) { return k.id == key; });
    for (const std::size_t wallet : user_of(*user).wallets) {
      for (const OpenOrder& order : exchange.open_orders(wallets[wallet].account)) {
        if (owner_of(order.id, wallets[wallet].account) == key) {
          (void)exchange.cancel(now, wallets[wallet].account, order.id);
        }
      }
    }
  }
  next_sweep = heartbeats.empty() ? kNever : now + kSweep;
}

// ---- frames ----

void VenueServer::Impl::deliver() {
  auto frames = exchange.take_outgoing();
  for (Outgoing& frame : frames) {
    frame.channel == Channel::market ? deliver_market(frame) : deliver_user(frame);
  }
}

void VenueServer::Impl::deliver_market(Outgoing& frame) {
  const auto text = std::make_shared<const std::string>(std::move(frame.text));
  if (config.keep_log) log.add(frame, text);
  const int events = event_count(frame.kind);
  if (frame.kind == MarketEventKind::new_market) {  // global (protocol 2.3)
    for (auto& [ref, socket] : sockets.all()) {
      if (socket.kind == SocketKind::market && socket.custom) push(socket, text, events);
    }
    return;
  }
  const bool custom = frame.kind == MarketEventKind::best_bid_ask || frame.kind == MarketEventKind::market_resolved;
  const unsigned outcomes = frame.token.valid() ? 1U << exchange.markets().token(frame.token).outcome : 3U;
  for (const Subscriber& subscriber : sockets.subscribers(frame.market)) {
    if ((subscriber.outcomes & outcomes) == 0 || (custom && !subscriber.socket->custom)) continue;
    push(*subscriber.socket, text, events);
  }
}

void VenueServer::Impl::deliver_user(const Outgoing& frame) {
  if (frame.account.value() >= wallet_by_account.size()) return;
  const std::size_t wallet = wallet_by_account[frame.account.value()];
  if (wallet == SIZE_MAX) return;
  VenueLog::Text text;
  for (auto& [ref, socket] : sockets.all()) {
    if (socket.kind != SocketKind::user || socket.user != wallets[wallet].signer) continue;
    const auto& wanted = socket.conditions;
    if (!socket.everything && std::find(wanted.begin(), wanted.end(), frame.market) == wanted.end()) continue;
    if (text == nullptr) text = std::make_shared<const std::string>(claim_matched(frame.text));
    push(socket, text, 1);
  }
}

void VenueServer::Impl::push(VenueSocket& socket, const VenueLog::Text& text, int events) {
  if (plan.any_stream_fault() || socket.last_due > now) return push_faulty(socket, text, events);
  send_now(socket, text, events);
}

void VenueServer::Impl::push_faulty(VenueSocket& socket, const VenueLog::Text& text, int events) {
  const auto hits = [&](FaultKind kind) -> const FaultSettings* {
    const FaultSettings* fault = plan.active(kind);
    return fault != nullptr && on_channel(*fault, socket) ? fault : nullptr;
  };
  if (socket.frozen && hits(FaultKind::freeze) != nullptr) return;
  if (const auto* fault = hits(FaultKind::lose); fault != nullptr && plan.roll(fault->share)) return;
  if (const auto* fault = plan.active(FaultKind::miss_user);
      fault != nullptr && socket.kind == SocketKind::user && plan.roll(fault->share)) {
    return;
  }
  Timestamp due = std::max(now, socket.last_due);
  if (const auto* fault = hits(FaultKind::delay); fault != nullptr) {
    due = std::max(due, now + fault->wait + plan.draw(fault->jitter));
    socket.last_due = due;
  }
  int copies = 1;
  if (const auto* fault = hits(FaultKind::duplicate); fault != nullptr && plan.roll(fault->share)) ++copies;
  if (const auto* fault = hits(FaultKind::reorder); fault != nullptr && plan.roll(fault->share)) {
    due = due + plan.draw(fault->wait);  // without last_due: later frames may overtake it
  }
  for (int i = 0; i < copies; ++i) {
    due > now ? later(due, LateFrame{socket.ref, text, events}) : send_now(socket, text, events);
  }
}

void VenueServer::Impl::send_now(VenueSocket& socket, const VenueLog::Text& text, int events) {
  ++socket.frames;
  socket.events += static_cast<std::uint64_t>(events);
  socket.bytes += text->size();
  sink.send(socket.ref, text);
}

void VenueServer::Impl::close_socket(SocketRef socket, bool abruptly) {
  sockets.close(socket);
  sink.close(socket, abruptly);
}

// ---- the public face ----

VenueServer::VenueServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VenueServer::~VenueServer() = default;

Expected<std::unique_ptr<VenueServer>> VenueServer::create(const VenueConfig& config, VenueSink& sink, Timestamp now) {
  auto impl = std::make_unique<Impl>(config, sink, now);
  for (const GivenShares& shares : config.shares) {
    const model::TokenIndex token = impl->exchange.markets().find_token(shares.token_id);
    if (!token.valid()) {
      return fail("exchange.unknown_token", fmt::format("--shares: no market has the token {}", shares.token_id),
                  "the tokens follow from --seed and --markets; the ready line lists them");
    }
    impl->given.push_back({token, shares.size});
  }
  for (const FaultLine& line : config.faults.lines) {
    const bool needs_market = line.kind == FaultKind::tick_change || line.kind == FaultKind::resolve;
    if (needs_market && !impl->fault_market(line.settings).valid()) {
      return fail("faults.unknown_market",
                  fmt::format("{} market={}: there is no such market", to_text(line.kind), line.settings.market),
                  "a number from 0, in the order of the ready line, or a condition id");
    }
  }
  return std::unique_ptr<VenueServer>(new VenueServer(std::move(impl)));
}

void VenueServer::on_http(Timestamp now, ReplyToken token, const HttpRequest& request, bool loopback) {
  impl_->advance_to(impl_->clock(now));
  impl_->serve(token, request, loopback);
}

bool VenueServer::accepts_socket(Timestamp now, std::string_view target) {
  impl_->advance_to(impl_->clock(now));
  const std::string_view path = target.substr(0, target.find('?'));
  const bool market = path == "/ws/market", user = path == "/ws/user";
  const FaultSettings* closed = impl_->plan.active(FaultKind::disconnect);
  if (closed == nullptr) return market || user;
  return (market && closed->channel == FaultChannel::user) || (user && closed->channel == FaultChannel::market);
}

void VenueServer::on_socket_open(Timestamp now, SocketRef socket, std::string_view target) {
  impl_->advance_to(impl_->clock(now));
  const bool user = target.substr(0, target.find('?')) == "/ws/user";
  impl_->sockets.open(socket, user ? SocketKind::user : SocketKind::market, impl_->now);
  if (user) impl_->later(impl_->now + kSilentSocket, Impl::LateClose{socket});
}

void VenueServer::on_socket_text(Timestamp now, SocketRef ref, std::string_view text) {
  impl_->advance_to(impl_->clock(now));
  VenueSocket* socket = impl_->sockets.find(ref);
  if (socket == nullptr) return;
  const SocketRequest request = read_socket_text(text, impl_->tree);
  if (request.kind == SocketRequest::Kind::ping) {
    impl_->sink.send(ref, std::make_shared<const std::string>("PONG"));
  } else if (request.kind == SocketRequest::Kind::invalid) {
    impl_->sink.send(ref, std::make_shared<const std::string>("INVALID OPERATION"));
  } else {
    socket->kind == SocketKind::market ? impl_->on_market_text(*socket, request)
                                       : impl_->on_user_text(*socket, request);
  }
}

void VenueServer::on_socket_closed(Timestamp now, SocketRef socket) {
  impl_->advance_to(impl_->clock(now));
  impl_->sockets.close(socket);
}

void VenueServer::advance(Timestamp now) { impl_->advance_to(impl_->clock(now)); }
Timestamp VenueServer::next_event_time() const { return impl_->config.manual_clock ? kNever : impl_->next_time(); }
const Exchange& VenueServer::exchange() const { return impl_->exchange; }
Exchange& VenueServer::exchange() { return impl_->exchange; }
Timestamp VenueServer::now() const { return impl_->now; }
std::size_t VenueServer::orders_sent_twice() const {
  return static_cast<std::size_t>(std::count_if(impl_->violations.begin(), impl_->violations.end(),
                                                [](const auto& v) { return v.rule == "duplicate_id"; }));
}
std::optional<AccountIndex> VenueServer::account_of(std::string_view maker) const {
  const Impl::Wallet* wallet = impl_->find_wallet(maker);
  return wallet == nullptr ? std::nullopt : std::optional(wallet->account);
}

std::string VenueServer::ready_fields() const {
  JsonText json;
  json.open('{').count("chain_id", static_cast<std::int64_t>(impl_->config.chain_id)).key("markets").open('[');
  for (const VenueMarket& market : impl_->markets) {
    const model::MarketSpec& spec = market.spec;
    json.open('{').field("condition_id", spec.condition_id).field("question", spec.question);
    json.flag("neg_risk", spec.neg_risk).field("tick_size", spec.tick).field("min_order_size", spec.min_order_size);
    json.field("version", spec.version == model::ProtocolVersion::v2 ? "v2" : "v1").key("tokens").open('[');
    for (const model::TokenSpec& token : spec.tokens) {
      json.open('{').field("token_id", token.token_id).field("outcome", token.outcome).close('}');
    }
    json.close(']').close('}');
  }
  json.close(']').close('}');
  const std::string text = json.take();
  return text.substr(1, text.size() - 2);
}

}  // namespace ebb::exchange
