// The frame of the order sender: its gate, the venue's modes, lanes and timers. The work itself stands in
// order_sender_places.cpp, order_sender_cancels.cpp and order_sender_reads.cpp.
#include "session/order_sender.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "session/order_sender_impl.hpp"

namespace ebb::session {
namespace {

using polymarket::Decision;
using polymarket::Endpoint;

constexpr Duration kRestartBackoff = seconds(1);
constexpr Duration kClosedBackoff = seconds(30);
constexpr Duration kLongestRestart = seconds(30);
constexpr Duration kLongestClosed = seconds(120);
constexpr Duration kPostOnly = seconds(120);  // protocol 6.4
constexpr Duration kAccountBackoff = seconds(5);
constexpr Duration kLongestAccount = minutes(5);

std::string_view mode_text(model::VenueMode mode) {
  static constexpr std::string_view kNames[] = {"normal", "post-only", "cancel-only", "disabled", "restarting"};
  return kNames[static_cast<std::size_t>(mode)];
}

}  // namespace

std::string_view to_text(GateCause cause) {
  static constexpr std::string_view kNames[] = {"start",   "heartbeat", "user stream", "engine",
                                                "journal", "account",   "operator"};
  return kNames[static_cast<std::size_t>(cause)];
}

std::string_view to_text(Notice notice) {
  static constexpr std::string_view kNames[] = {
      "mode_changed", "account_stopped", "account_answers", "market_halted", "version_changed",
      "id_differs",   "not_json",        "rate_limited",    "foreign_order", "queue_full"};
  return kNames[static_cast<std::size_t>(notice)];
}

OrderSender::Impl::Impl(OrderSenderOptions o, std::unique_ptr<const polymarket::OrderSignatures> s,
                        polymarket::L2Signer l, std::string key, model::MarketTable table, OrderSenderSink& out)
    : options(std::move(o)),
      signer(std::move(s)),
      l2(std::move(l)),
      api_key(std::move(key)),
      markets(std::move(table)),
      sink(out),
      digester(options.chain_id),
      maker_text(crypto::checksum_text(options.maker)),
      signer_text(crypto::checksum_text(options.signer)),
      random(options.seed),
      budgets(options.budgets),
      decoder(markets, {api_key, maker_text}),
      positions_window(polymarket::kPositionsWindow.requests * options.budgets.share_per_mille / 1000,
                       polymarket::kPositionsWindow.span) {
  CHECK(options.read_lanes >= 1 && options.lanes - options.read_lanes >= 2);
  // One more each for cancel-all and the probe, which wait for nobody.
  flights.resize(static_cast<std::size_t>(options.lanes) + 2);
  gate_reasons[static_cast<std::size_t>(GateCause::start)] = "not started";
  signature.reserve(700);
  learn_tokens();
}

void OrderSender::Impl::learn_token(model::TokenIndex token) {
  const model::MarketSpec& spec = markets.market_of(token);
  TokenInfo info;
  const auto word = crypto::word_from_decimal(markets.token_id(token));
  if (word) {
    info.word = *word;
    if (const auto contract = polymarket::select_exchange(spec.version, spec.neg_risk, *word)) {
      info.contract = *contract;
      info.usable = true;
    }
  }
  tokens.push_back(info);
}

void OrderSender::Impl::learn_tokens() {
  while (tokens.size() < markets.token_count())
    learn_token(model::TokenIndex(static_cast<std::uint32_t>(tokens.size())));
}

OrderSender::Impl::Flight& OrderSender::Impl::start_flight(FlightKind kind, Endpoint endpoint) {
  const auto free =
      std::find_if(flights.begin(), flights.end(), [](const Flight& f) { return f.kind == FlightKind::none; });
  Flight& flight = free != flights.end() ? *free : flights.emplace_back();
  flight.kind = kind;
  flight.endpoint = endpoint;
  flight.id = RequestId(next_id++);
  flight.orders.clear();
  flight.cancels.clear();
  flight.cancel_after = false;
  return flight;
}

void OrderSender::Impl::end_flight(Flight& flight) {
  switch (flight.kind) {
    case FlightKind::place: --places_in_flight; break;
    case FlightKind::cancel: --cancels_in_flight; break;
    case FlightKind::read: --reads_in_flight; break;
    default: break;
  }
  flight.kind = FlightKind::none;
}

OrderSender::Impl::Flight* OrderSender::Impl::find_flight(RequestId id) {
  const auto it = std::find_if(flights.begin(), flights.end(),
                               [&](const Flight& f) { return f.kind != FlightKind::none && f.id == id; });
  return it == flights.end() ? nullptr : &*it;
}

void OrderSender::Impl::send(Timestamp now, Flight& flight, Origin origin, HttpRequest request, Duration timeout,
                             bool authenticated) {
  if (authenticated) l2.add_headers(request, (now + clock_offset).ns() / 1'000'000'000);
  ++stats.requests;
  sink.send(flight.id, origin, std::move(request), timeout);
}

void OrderSender::Impl::set_gate(Timestamp now, GateCause cause, bool open, std::string_view reason) {
  const std::uint32_t bit = 1U << static_cast<unsigned>(cause);
  if (open) {
    closed_gates &= ~bit;
    if (cause == GateCause::account) {
      account_check = kNever;
      for (TokenInfo& token : tokens) token.halted = false;
    }
    tell_mode();
  } else {
    closed_gates |= bit;
    gate_reasons[static_cast<std::size_t>(cause)] = reason;
    tell_mode();
    drop_places(reason, model::RejectKind::not_sent);
  }
  pump(now);
}

void OrderSender::Impl::stop_account(Timestamp now, std::string_view why) {
  const bool was_open = (closed_gates & (1U << static_cast<unsigned>(GateCause::account))) == 0;
  const std::string reason(why);
  set_gate(now, GateCause::account, false, reason);
  if (was_open) {
    sink.on_notice(Notice::account_stopped, reason);
    account_check = kNever;
  }
  if (account_check != kNever) return;  // several answers of one moment are one refusal
  account_check = now + backoff(account_stops, kAccountBackoff, kLongestAccount);
  account_stops = static_cast<std::uint8_t>(std::min(account_stops + 1, 10));
}

// A refusal of our keys may have been a moment's: the venue is asked for something that only they can read.
void OrderSender::Impl::ask_for_account(Timestamp now) {
  account_check = now + backoff(account_stops, kAccountBackoff, kLongestAccount);
  account_stops = static_cast<std::uint8_t>(std::min(account_stops + 1, 10));
  submit_read({.kind = ReadKind::account, .urgency = Urgency::query});
}

void OrderSender::Impl::account_answers(Timestamp now) {
  if ((closed_gates & (1U << static_cast<unsigned>(GateCause::account))) == 0) return;
  sink.on_notice(Notice::account_answers, "the venue takes our keys again");
  set_gate(now, GateCause::account, true, {});
}

// Behind a closed gate only cancels leave, whoever closed it: the engine waits as it does for the venue.
void OrderSender::Impl::tell_mode() {
  const bool takes_orders = mode == model::VenueMode::normal || mode == model::VenueMode::post_only;
  const model::VenueMode effective = closed_gates != 0 && takes_orders ? model::VenueMode::cancel_only : mode;
  if (effective == told_mode) return;
  told_mode = effective;
  sink.on_event(model::VenueModeChange{effective});
}

Duration OrderSender::Impl::backoff(std::uint8_t tries, Duration first, Duration most) {
  const Duration base = std::min(first * (std::int64_t{1} << std::min<int>(tries, 16)), most);
  const std::int64_t jitter = random.between(0, base.raw() / 2);
  return std::min(base + Duration(jitter), most);
}

void OrderSender::Impl::enter_mode(Timestamp now, model::VenueMode to, std::optional<Duration> wait) {
  const bool restart = to == model::VenueMode::restarting;
  Duration stay = kPostOnly;
  if (restart) stay = backoff(mode_level, kRestartBackoff, kLongestRestart);
  if (to == model::VenueMode::cancel_only || to == model::VenueMode::disabled)
    stay = backoff(mode_level, kClosedBackoff, kLongestClosed);
  if (wait) stay = std::max(*wait, seconds(1));
  // Several answers of one moment are one refusal.
  if (to != mode || now >= mode_until) mode_level = static_cast<std::uint8_t>(std::min(mode_level + 1, 10));
  mode_until = to == mode && now < mode_until && !wait ? mode_until : now + stay;
  if (to == mode) return;
  mode = to;
  if (to != model::VenueMode::post_only) {
    drop_places(mode_text(to), restart ? model::RejectKind::restarting : model::RejectKind::cancel_only_mode);
  }
  tell_mode();
  sink.on_notice(Notice::mode_changed, mode_text(to));
}

void OrderSender::Impl::leave_mode(std::string_view why) {
  if (mode == model::VenueMode::normal) return;
  mode = model::VenueMode::normal;
  mode_until = kNever;
  tell_mode();
  sink.on_notice(Notice::mode_changed, why);
}

// Post-only and cancel-only end by themselves: the next order shows whether they did. While nothing at all works, a cancel of
// an order that cannot exist asks.
void OrderSender::Impl::on_mode_timer(Timestamp now) {
  if (mode == model::VenueMode::normal || now < mode_until || probing) return;
  if (mode == model::VenueMode::post_only || mode == model::VenueMode::cancel_only) {
    leave_mode("the time it named is over");
    return;
  }
  if (!budgets.take(now, Endpoint::delete_order, 1, Urgency::risk_cancel)) {
    mode_until = now + seconds(1);
    return;
  }
  probing = true;
  Flight& flight = start_flight(FlightKind::probe, Endpoint::delete_order);
  send(now, flight, Origin::clob, polymarket::cancel_request(model::OrderId{}), options.cancel_timeout, true);
}

void OrderSender::Impl::on_probe_answer(Timestamp now, const Expected<HttpResponse>& answer) {
  probing = false;
  const model::VenueMode before = mode;
  if (before == model::VenueMode::normal) return;  // a cancel was faster
  if (!answer) {
    enter_mode(now, before, std::nullopt);
  } else {
    const Verdict verdict = judge(now, Endpoint::delete_order, *answer);
    const bool speaks = verdict.is_json && answer->status < 500 && answer->status != 425 && answer->status != 429;
    bool restricted = polymarket::venue_mode(verdict.refusal) != model::VenueMode::normal;
    // A cancel may be answered with 200 and still say that nothing is canceled at present.
    if (!restricted && reader.canceled(answer->body, report)) {
      for (const polymarket::NotCanceled& left : report.not_canceled) {
        const auto revealed = polymarket::venue_mode({.http_status = answer->status, .text = left.reason});
        if (revealed == model::VenueMode::normal) continue;
        restricted = true;
        enter_mode(now, revealed == model::VenueMode::disabled ? before : revealed, verdict.wait);
      }
    }
    if (speaks && !restricted) {
      leave_mode("the venue answers again");
    } else if (!restricted) {
      enter_mode(now, before, verdict.wait);
    }
  }
}

OrderSender::Impl::Verdict OrderSender::Impl::judge(Timestamp now, Endpoint endpoint, const HttpResponse& response) {
  budgets.on_headers(now, endpoint, response.status, response.headers);
  Verdict verdict;
  const polymarket::ErrorBody body = reader.error(response.body);
  verdict.is_json = body.is_json;
  verdict.refusal = {.http_status = response.status, .text = body.text, .code = body.code};
  verdict.wait = retry_after(response.headers);
  if (!verdict.wait && body.retry_after_seconds >= 0) verdict.wait = seconds(body.retry_after_seconds);
  const bool has_headers = has_rate_headers(response.headers) || body.retry_after_seconds >= 0;
  verdict.decision = polymarket::decide(verdict.refusal, has_headers);
  // Not the venue's own words: somebody on the way answered, and nobody knows for whom.
  const bool readable = body.is_json || response.status == 425 || (response.status == 429 && has_headers);
  if (!readable && response.status >= 300) {
    verdict.decision = Decision::ask;
    ++stats.unreadable;
    sink.on_notice(Notice::not_json, "HTTP " + std::to_string(response.status) + " without JSON");
  }
  if (response.status == 429) sink.on_notice(Notice::rate_limited, body.text);
  if (const model::VenueMode revealed = polymarket::venue_mode(verdict.refusal); revealed != model::VenueMode::normal)
    enter_mode(now, revealed, verdict.wait);
  if (verdict.decision == Decision::stop)
    stop_account(now, body.text.empty() ? "the venue refuses our keys" : body.text);
  return verdict;
}

// What may leave, leaves: cancels, then orders, then reads.
void OrderSender::Impl::pump(Timestamp now) {
  drop_expired(now);
  release_held(now);
  dispatch_sweeping_cancels(now);
  while (dispatch_cancels(now)) {}
  while (dispatch_places(now)) {}
  while (dispatch_reads(now)) {}
}

Timestamp OrderSender::Impl::next_timer() {
  const Timestamp now{};  // budgets take a time that runs backwards for standing still
  Timestamp at = mode == model::VenueMode::normal || probing ? kNever : mode_until;
  at = std::min(at, account_check);
  at = std::min(at, places_timer(now));
  at = std::min(at, cancels_timer(now));
  return std::min(at, reads_timer(now));
}

OrderSender::OrderSender(OrderSenderOptions options, std::unique_ptr<const polymarket::OrderSignatures> signer,
                         polymarket::L2Signer l2, std::string api_key, model::MarketTable markets,
                         OrderSenderSink& sink)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(signer), std::move(l2), std::move(api_key),
                                   std::move(markets), sink)) {}
OrderSender::~OrderSender() = default;

Expected<void> OrderSender::add_market(model::MarketSpec spec) {
  TRY_VOID(impl_->markets.add(std::move(spec)));
  impl_->learn_tokens();
  return {};
}

Expected<void> OrderSender::add_sibling(model::MarketIndex market, std::string token_id, std::string outcome) {
  TRY_VOID(impl_->markets.add_sibling(market, std::move(token_id), std::move(outcome)));
  impl_->learn_tokens();
  return {};
}

void OrderSender::submit(Timestamp now, const model::Command& command, Urgency reads) {
  struct Taker {
    Impl& impl;
    Timestamp now;
    Urgency reads;
    void operator()(const model::PlaceOrder& c) const { impl.submit_place(now, c); }
    void operator()(const model::CancelOrder& c) const { impl.submit_cancel(now, c.id, urgency_of(c.reason)); }
    void operator()(const model::QueryOrder& c) const {
      impl.submit_read({.kind = Impl::ReadKind::status, .urgency = reads, .id = c.id});
    }
    void operator()(const model::SweepTrades& c) const { impl.submit_sweep(c.since, reads, false); }
    void operator()(const model::RefreshBalance& c) const {
      impl.submit_read({.kind = Impl::ReadKind::balance_update, .urgency = reads, .token = c.token});
    }
    void operator()(const model::RequestPosition& c) const {
      impl.submit_read({.kind = Impl::ReadKind::position, .urgency = reads, .token = c.token});
    }
    void operator()(const model::RequestBook&) const {}
    void operator()(const model::Alert&) const {}
  };
  std::visit(Taker{*impl_, now, reads}, command);
  impl_->pump(now);
}

void OrderSender::request_payout(Timestamp now, model::MarketIndex market) {
  impl_->submit_read(
      {.kind = Impl::ReadKind::payout, .urgency = Urgency::poll, .token = impl_->markets.token_of(market, 0)});
  impl_->pump(now);
}

void OrderSender::cancel_all(Timestamp now) {
  impl_->cancel_all(now);
  impl_->pump(now);
}

void OrderSender::cancel_market(Timestamp now, model::MarketIndex market) {
  impl_->markets_wanted.push_back({market, {.urgency = Urgency::risk_cancel, .give_up = now + seconds(30)}});
  impl_->pump(now);
}

void OrderSender::resync(Timestamp now, Timestamp since) {
  impl_->resync(now, since);
  impl_->pump(now);
}

void OrderSender::poll_open_orders(Timestamp now) {
  impl_->list_orders(now, Urgency::poll, false);
  impl_->pump(now);
}

void OrderSender::know(const model::OrderId& id, Shares size, Timestamp placed, Timestamp now) {
  const auto [it, fresh] = impl_->known.try_emplace(id);
  if (fresh) impl_->known_list.push_back(id);
  // It may be on its way for as long as its sender would have waited, and when it left an earlier run's clock says: whether that
  // was ours nobody can tell.
  const Duration under_way = impl_->options.place_timeout + std::max(now - placed, Duration(0));
  it->second = {.size = size, .quiet_since = placed, .in_flight = false, .under_way = under_way};
}

void OrderSender::on_leap(Timestamp now) {
  for (auto& [id, order] : impl_->known) {
    if (order.quiet_since >= now) continue;
    order.quiet_since = now;
    order.under_way = std::min(order.under_way, impl_->options.place_timeout);  // counted from now on
  }
}

void OrderSender::forget(const model::OrderId& id) { impl_->forget(id); }

void OrderSender::set_gate(Timestamp now, GateCause cause, bool open, std::string_view reason) {
  impl_->set_gate(now, cause, open, reason);
}
bool OrderSender::gate_open() const { return impl_->closed_gates == 0; }
std::string OrderSender::gate_reasons() const {
  std::string out;
  for (std::size_t i = 0; i < kGateCauses; ++i) {
    if ((impl_->closed_gates & (1U << i)) == 0) continue;
    if (!out.empty()) out += "; ";
    out += to_text(static_cast<GateCause>(i));
    out += ": ";
    out += impl_->gate_reasons[i];
  }
  return out;
}
void OrderSender::set_clock_offset(Duration offset) { impl_->clock_offset = offset; }

void OrderSender::on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer) {
  Impl::Flight* found = impl_->find_flight(id);
  if (found == nullptr) {
    ++impl_->stats.stray_answers;
    return;
  }
  // What the answer starts may take the slot: the flight is over first.
  Impl::Flight flight = std::move(*found);
  impl_->end_flight(*found);
  switch (flight.kind) {
    case Impl::FlightKind::none: break;
    case Impl::FlightKind::place: impl_->on_places_answer(now, flight, answer); break;
    case Impl::FlightKind::cancel: impl_->on_cancels_answer(now, flight, answer); break;
    case Impl::FlightKind::cancel_all:
    case Impl::FlightKind::cancel_market: impl_->on_sweeping_answer(now, flight, answer); break;
    case Impl::FlightKind::probe: impl_->on_probe_answer(now, answer); break;
    case Impl::FlightKind::read: impl_->on_read_answer(now, flight, answer); break;
  }
  impl_->pump(now);
}

Timestamp OrderSender::next_timer() const { return impl_->next_timer(); }

void OrderSender::on_timer(Timestamp now) {
  impl_->on_mode_timer(now);
  if (now >= impl_->account_check) impl_->ask_for_account(now);
  impl_->pump(now);
}

model::VenueMode OrderSender::mode() const { return impl_->mode; }
void OrderSender::keep_warm(Timestamp now) { impl_->keep_warm(now); }
const OrderSenderStats& OrderSender::stats() const { return impl_->stats; }
const Budgets& OrderSender::budgets() const { return impl_->budgets; }
std::size_t OrderSender::queued() const {
  std::size_t count = impl_->places_queued() + impl_->held.size() + impl_->awaiting_version.size();
  for (const auto& queue : impl_->cancels) count += queue.size();
  for (const auto& queue : impl_->reads) count += queue.size();
  return count;
}
std::size_t OrderSender::in_flight() const {
  return static_cast<std::size_t>(
      std::count_if(impl_->flights.begin(), impl_->flights.end(),
                    [](const Impl::Flight& f) { return f.kind != Impl::FlightKind::none; }));
}
const model::MarketTable& OrderSender::markets() const { return impl_->markets; }

}  // namespace ebb::session
