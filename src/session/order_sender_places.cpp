// New orders: queued by urgency, signed when they leave, and what their answers mean.
#include <algorithm>

#include "base/mutant.hpp"
#include "polymarket/venue_status.hpp"
#include "session/order_sender_impl.hpp"

namespace ebb::session {
namespace {

using polymarket::Decision;
using polymarket::Endpoint;

constexpr std::uint8_t kMostTries = 4;
constexpr Duration kResendFirst = milliseconds(20);
constexpr Duration kResendMost = milliseconds(500);
constexpr std::size_t kBodyBytes = 1'536;  // of one order: room for the longest signature

std::size_t queue_of(Urgency urgency) {
  return static_cast<std::size_t>(urgency) - static_cast<std::size_t>(Urgency::exit);
}
Urgency urgency_of_queue(std::size_t queue) {
  return static_cast<Urgency>(static_cast<std::size_t>(Urgency::exit) + queue);
}

polymarket::PlacedOrder placed_order(const model::PlaceOrder& o) {
  return {o.id, o.side, o.type, o.maker_amount, o.taker_amount};
}

/// Of these kinds one order of a batch is the cause, and which one is not told.
bool is_about_one_order(Decision decision) {
  return decision == Decision::refuse || decision == Decision::shrink || decision == Decision::refresh_tick ||
         decision == Decision::refresh_balance || decision == Decision::ask;
}

}  // namespace

void OrderSender::Impl::answer_rejected(const model::PlaceOrder& order, model::RejectKind kind, std::string_view text,
                                        std::int64_t free_micros) {
  model::PlaceAnswer answer;
  answer.id = order.id;
  answer.outcome = model::PlaceOutcome::rejected;
  answer.reject = kind;
  answer.text = text;
  answer.free_micros = free_micros;
  sink.on_event(answer);
}

void OrderSender::Impl::answer_not_sent(const model::PlaceOrder& order, std::string_view why, model::RejectKind kind) {
  ++stats.not_sent;
  answer_rejected(order, kind, why);
}

void OrderSender::Impl::answer_unknown(Timestamp now, const model::PlaceOrder& order, std::string_view text) {
  ++stats.unknown;
  settled(now, order.id, true);
  model::PlaceAnswer answer;
  answer.id = order.id;
  answer.outcome = model::PlaceOutcome::unknown;
  answer.text = text;
  sink.on_event(answer);
}

// The placement is no longer under way: a cancel that waited for it may go, or is pointless.
void OrderSender::Impl::settled(Timestamp now, const model::OrderId& id, bool at_venue) {
  const auto it = known.find(id);
  if (it != known.end()) {
    it->second.in_flight = false;
    it->second.quiet_since = now;
    if (!at_venue) known.erase(it);
  }
  release_held(id, at_venue);
}

void OrderSender::Impl::submit_place(Timestamp now, const model::PlaceOrder& order) {
  if (closed_gates != 0) {
    for (std::size_t i = 0; i < kGateCauses; ++i) {
      if ((closed_gates & (1U << i)) != 0) return answer_not_sent(order, gate_reasons[i]);
    }
  }
  if (order.token.value() >= tokens.size() || !tokens[order.token.value()].usable)
    return answer_not_sent(order, "the token is unknown or its market version contradicts its id",
                           model::RejectKind::version_mismatch);
  if (tokens[order.token.value()].halted)
    return answer_not_sent(order, "orders of this token are halted", model::RejectKind::version_mismatch);
  switch (mode) {
    case model::VenueMode::normal: break;
    case model::VenueMode::post_only:
      if (order.crossing == model::Crossing::post_only) break;
      return answer_not_sent(order, "post-only mode", model::RejectKind::post_only_mode);
    case model::VenueMode::restarting: return answer_not_sent(order, "restarting", model::RejectKind::restarting);
    case model::VenueMode::cancel_only:
    case model::VenueMode::disabled:
      return answer_not_sent(order, "the venue takes no new orders", model::RejectKind::cancel_only_mode);
  }
  if (places_queued() >= options.largest_queue) {
    sink.on_notice(Notice::queue_full, "orders");
    return answer_not_sent(order, "the queue of orders is full");
  }
  places[queue_of(urgency_of(order))].push_back({.order = order, .queued_at = now});
}

std::size_t OrderSender::Impl::places_queued() const { return places[0].size() + places[1].size() + places[2].size(); }

// A decision that could not leave in time is nobody's wish any more.
void OrderSender::Impl::drop_expired(Timestamp now) {
  const auto late = [&](const QueuedPlace& q) {
    return q.order.drop_after.is_set() && now > q.order.drop_after && !EBB_MUTANT(resend_blindly);
  };
  for (auto& queue : places) {
    for (std::size_t i = 0; i < queue.size();) {
      if (!late(queue[i])) {
        ++i;
        continue;
      }
      const model::PlaceOrder order = queue[i].order;
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
      answer_not_sent(order, "it could not leave in time");
    }
  }
}

void OrderSender::Impl::drop_places(std::string_view why, model::RejectKind kind) {
  for (auto& queue : places) {
    while (!queue.empty()) {
      const model::PlaceOrder order = queue.front().order;
      queue.pop_front();
      answer_not_sent(order, why, kind);
    }
  }
  const std::vector<QueuedPlace> waiting = std::exchange(awaiting_version, {});
  for (const QueuedPlace& queued : waiting) answer_not_sent(queued.order, why, kind);
}

// The most urgent orders that may leave now, in one request; nothing when no budget or the batch window holds them.
bool OrderSender::Impl::gather(Timestamp now, Flight& flight) {
  std::int64_t count = 0;
  for (std::size_t q = 0; q < places.size(); ++q) {
    auto& queue = places[q];
    for (std::size_t i = 0; i < queue.size() && !flight.orders.full();) {
      const QueuedPlace& next = queue[i];
      const bool alone = next.alone || batch_limit == 1;
      if (next.not_before > now || (count > 0 && alone)) {
        ++i;
        continue;
      }
      const Endpoint endpoint = count == 0 ? Endpoint::post_order : Endpoint::post_orders;
      if (budgets.room(now, endpoint, count + 1, urgency_of_queue(q)) < count + 1) return count > 0;
      flight.orders.push_back(next);
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
      ++count;
      if (alone || count >= static_cast<std::int64_t>(batch_limit)) return true;
    }
  }
  return count > 0;
}

bool OrderSender::Impl::dispatch_places(Timestamp now) {
  const std::size_t waiting = places_queued();
  if (waiting == 0) return false;
  const std::int32_t lanes = options.lanes - options.read_lanes;
  if (places_in_flight >= lanes - 1 || places_in_flight + cancels_in_flight >= lanes) return false;
  if (options.batch_window.raw() > 0 && places[0].empty() && waiting < batch_limit) {
    Timestamp oldest = kNever;
    for (const auto& queue : places) {
      if (!queue.empty()) oldest = std::min(oldest, queue.front().queued_at);
    }
    if (now < oldest + options.batch_window) return false;
  }
  Flight& flight = start_flight(FlightKind::place, Endpoint::post_order);
  ++places_in_flight;
  if (!gather(now, flight)) {
    end_flight(flight);
    return false;
  }
  send_places(now, flight);
  return true;
}

/// False when the order's id is not the digest of what would be signed: then nothing is.
bool OrderSender::Impl::append_signed(const QueuedPlace& queued, std::string& body) {
  const model::PlaceOrder& order = queued.order;
  TokenInfo& token = tokens[order.token.value()];
  polymarket::OrderFields fields;
  fields.salt = order.salt;
  fields.maker = options.maker;
  fields.signer = options.signer;
  fields.token_id = token.word;
  fields.maker_amount = order.maker_amount;
  fields.taker_amount = order.taker_amount;
  fields.side = order.side;
  fields.signature_type = options.signature_type;
  fields.timestamp_ms = order.time.ms();
  fields.builder = options.builder;
  if (!token.verified) {
    if (digester.digest(token.contract, fields) != order.id) return false;
    token.verified = true;
  }
  signature.clear();
  signer->sign(token.contract, fields, order.id, signature);
  const bool has_end = order.type == model::OrderType::gtd && order.expiration.is_set();
  const bool post_only = order.crossing == model::Crossing::post_only && !EBB_MUTANT(drop_post_only);
  polymarket::append_order_body(fields,
                                {.token_id = markets.token_id(order.token),
                                 .maker = maker_text,
                                 .signer = signer_text,
                                 .expiration = has_end ? order.expiration.ns() / 1'000'000'000 : 0,
                                 .signature = signature,
                                 .owner = api_key,
                                 .type = order.type,
                                 .post_only = post_only},
                                body);
  return true;
}

void OrderSender::Impl::keep_warm(Timestamp now) {
  if (!last_signed.order.id.is_set()) return;
  warm_request = polymarket::post_order_request();
  (void)append_signed(last_signed, warm_request.body);
  l2.add_headers(warm_request, (now + clock_offset).ns() / 1'000'000'000);
}

void OrderSender::Impl::send_places(Timestamp now, Flight& flight) {
  const bool batch = flight.orders.size() > 1;
  HttpRequest request = batch ? polymarket::post_orders_request() : polymarket::post_order_request();
  request.body.reserve(kBodyBytes * flight.orders.size());
  if (batch) request.body += '[';
  Urgency least = Urgency::exit;
  for (std::size_t i = 0; i < flight.orders.size();) {
    const model::PlaceOrder& order = flight.orders[i].order;
    if (batch && request.body.size() > 1) request.body += ',';
    const std::size_t before = request.body.size();
    if (!append_signed(flight.orders[i], request.body)) {
      request.body.resize(before > 1 ? before - 1 : before);
      halt(order.token, "an order's id is not the digest of what would be signed");
      answer_not_sent(order, "its id is not the digest of what would be signed", model::RejectKind::version_mismatch);
      release_held(order.id, false);
      flight.orders.erase(i);
      continue;
    }
    least = std::max(least, urgency_of(order));
    const auto [it, fresh] = known.try_emplace(order.id);
    if (fresh) known_list.push_back(order.id);
    it->second = {.size = order.size, .quiet_since = now, .in_flight = true};
    ++i;
  }
  if (batch) request.body += ']';
  if (flight.orders.empty()) return end_flight(flight);
  if (!EBB_MUTANT(send_before_intent)) {
    if (const auto kept = tell_leaving(flight); !kept) return hold_back(now, flight, kept.error().message);
  }
  flight.endpoint = batch ? Endpoint::post_orders : Endpoint::post_order;
  const auto count = static_cast<std::int64_t>(flight.orders.size());
  if (!budgets.take(now, flight.endpoint, count, least)) {
    return hold_back(now, flight, "no budget");  // cannot be: gather() asked for the same
  }
  last_signed = flight.orders[0];
  stats.placed += static_cast<std::uint64_t>(count);
  stats.batches += batch ? 1 : 0;
  if (known_list.size() > 2 * known.size() + 256) {
    std::erase_if(known_list, [&](const model::OrderId& id) { return !known.contains(id); });
  }
  for (const QueuedPlace& queued : flight.orders) {
    const Timestamp by = EBB_MUTANT(resend_blindly) ? Timestamp{} : queued.order.drop_after;
    if (by.is_set() && (!request.leave_by.is_set() || by < request.leave_by)) request.leave_by = by;
  }
  send(now, flight, Origin::clob, std::move(request), options.place_timeout, true);
  if (EBB_MUTANT(send_before_intent)) (void)tell_leaving(flight);
}

void OrderSender::Impl::hold_back(Timestamp now, Flight& flight, std::string_view why) {
  const Flight held_back = std::move(flight);
  end_flight(flight);
  for (const QueuedPlace& queued : held_back.orders) {
    settled(now, queued.order.id, false);
    answer_not_sent(queued.order, why);
  }
}

// What is sent again was told when it left for the first time.
Expected<void> OrderSender::Impl::tell_leaving(const Flight& flight) {
  InlineVector<const model::PlaceOrder*, polymarket::kMostOrdersPerRequest> fresh;
  for (const QueuedPlace& queued : flight.orders) {
    if (queued.tries == 0) fresh.push_back(&queued.order);
  }
  if (fresh.empty()) return {};
  return sink.on_leaving({fresh.begin(), fresh.size()});
}

// Certainly without effect: once more, if there is time.
void OrderSender::Impl::requeue(Timestamp now, QueuedPlace queued, Duration wait) {
  const bool too_late = queued.order.drop_after.is_set() && now + wait > queued.order.drop_after;
  const bool gone = too_late && !EBB_MUTANT(resend_blindly);
  const bool allowed = closed_gates == 0 && (mode == model::VenueMode::normal || mode == model::VenueMode::post_only);
  if (gone || !allowed || queued.tries >= kMostTries) {
    settled(now, queued.order.id, false);
    answer_not_sent(queued.order, "it could not leave in time");
    return;
  }
  ++queued.tries;
  ++stats.resent;
  queued.not_before = now + wait;
  const auto it = known.find(queued.order.id);
  if (it != known.end()) known.erase(it);
  // A cancel that waited for its answer takes it out of the queue again.
  places[queue_of(urgency_of(queued.order))].push_front(queued);
  const auto waits =
      std::find_if(held.begin(), held.end(), [&](const HeldCancel& h) { return h.cancel.id == queued.order.id; });
  if (waits != held.end()) {
    remove_queued_place(queued.order.id);
    release_held(queued.order.id, false);
  }
}

void OrderSender::Impl::on_places_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer) {
  if (answer && answer->status >= 200 && answer->status < 300) {
    on_placed(now, flight, *answer);
  } else if (answer) {
    const Verdict verdict = judge(now, flight.endpoint, *answer);
    if (flight.orders.size() > 1) {
      on_batch_refusal(now, flight, verdict);
    } else {
      on_refusal(now, flight.orders[0], verdict, false);
    }
  } else if (answer.error().code == "net.not_sent" || EBB_MUTANT(resend_blindly)) {
    for (const QueuedPlace& queued : flight.orders)
      requeue(now, queued, backoff(queued.tries, kResendFirst, kResendMost));
  } else {
    for (const QueuedPlace& queued : flight.orders) answer_unknown(now, queued.order, answer.error().message);
  }
  if (!flight.cancel_after) return;
  for (const QueuedPlace& queued : flight.orders) {
    if (known.contains(queued.order.id)) submit_cancel(now, queued.order.id, Urgency::risk_cancel);
  }
}

void OrderSender::Impl::on_placed(Timestamp now, Flight& flight, const HttpResponse& response) {
  budgets.on_headers(now, flight.endpoint, response.status, response.headers);
  if (!reader.placed(response.body, entries)) {
    ++stats.unreadable;
    sink.on_notice(Notice::not_json, "an answer to orders that is not JSON");
    for (const QueuedPlace& queued : flight.orders) answer_unknown(now, queued.order, "unreadable answer");
    return;
  }
  const std::vector<polymarket::PlacedEntry>& told = entries;
  for (std::size_t i = 0; i < flight.orders.size(); ++i) {
    QueuedPlace& queued = flight.orders[i];
    const auto same = std::find_if(told.begin(), told.end(), [&](const auto& e) { return e.id == queued.order.id; });
    const bool by_place = told.size() == flight.orders.size();
    if (same == told.end() && !by_place) {
      answer_unknown(now, queued.order, "the answer does not mention it");
      continue;
    }
    const polymarket::PlacedEntry& entry = same != told.end() ? *same : told[i];
    if (entry.accepted()) {
      const model::PlaceAnswer answer = polymarket::to_place_answer(entry, placed_order(queued.order));
      if (entry.id != queued.order.id) sink.on_notice(Notice::id_differs, model::to_text(queued.order.id));
      if (answer.outcome == model::PlaceOutcome::unknown) {
        answer_unknown(now, queued.order, "accepted, but the answer does not say how");
        continue;
      }
      ++stats.accepted;
      mode_level = 0;
      account_stops = 0;
      settled(now, queued.order.id, true);
      sink.on_event(answer);
      continue;
    }
    Verdict verdict;
    verdict.is_json = true;
    verdict.refusal = {.http_status = response.status, .text = entry.error, .code = entry.code};
    verdict.decision = polymarket::decide(verdict.refusal, true);
    if (verdict.decision == Decision::accept) verdict.decision = Decision::ask;  // neither accepted nor refused
    verdict.wait = retry_after(response.headers);
    if (const auto to = polymarket::venue_mode(verdict.refusal); to != model::VenueMode::normal)
      enter_mode(now, to, verdict.wait);
    if (verdict.decision == Decision::stop) stop_account(now, entry.error);
    on_refusal(now, queued, verdict, false);
  }
}

// One text for all of them: what is about one order lets each be asked alone; the rest holds for every one.
void OrderSender::Impl::on_batch_refusal(Timestamp now, Flight& flight, const Verdict& verdict) {
  const bool definite = verdict.decision != Decision::ask || (verdict.is_json && verdict.refusal.http_status == 400);
  if (verdict.decision == Decision::retry) batch_limit = std::max<std::size_t>(1, flight.orders.size() / 2);
  for (QueuedPlace& queued : flight.orders) {
    const std::string id = model::to_text(queued.order.id);
    const bool named = verdict.refusal.text.find(id) != std::string_view::npos;
    if (definite && !named && (verdict.decision == Decision::retry || is_about_one_order(verdict.decision))) {
      queued.alone = queued.alone || verdict.decision != Decision::retry;
      requeue(now, queued, Duration(0));
    } else {
      on_refusal(now, queued, verdict, true);
    }
  }
}

void OrderSender::Impl::on_refusal(Timestamp now, QueuedPlace& queued, const Verdict& verdict, bool of_whole_batch) {
  const model::RejectKind kind = polymarket::classify_refusal(verdict.refusal);
  const auto reject = [&] {
    ++stats.refused;
    settled(now, queued.order.id, false);
    answer_rejected(queued.order, kind, verdict.refusal.text, polymarket::free_of_refusal(verdict.refusal.text));
  };
  switch (verdict.decision) {
    case Decision::accept:
    case Decision::ask: return answer_unknown(now, queued.order, verdict.refusal.text);
    case Decision::refuse:
    case Decision::shrink:
    case Decision::refresh_tick:
    case Decision::refresh_balance:
    case Decision::stop: return reject();
    case Decision::retry:
      if (of_whole_batch) return requeue(now, queued, Duration(0));
      return reject();
    case Decision::wait:
      // A rate limit passes within the order's time, or not; a mode or a market that is not open does not.
      if (kind == model::RejectKind::rate_limited && queued.tries < kMostTries)
        return requeue(now, queued, backoff(queued.tries, kResendFirst, kResendMost));
      return reject();
    case Decision::refresh_version: return on_version_mismatch(now, queued, verdict);
  }
}

void OrderSender::Impl::halt(model::TokenIndex token, std::string_view why) {
  if (tokens[token.value()].halted) return;
  tokens[token.value()].halted = true;
  sink.on_notice(Notice::market_halted, markets.market_of(token).condition_id + ": " + std::string(why));
}

void OrderSender::Impl::on_version_mismatch(Timestamp now, QueuedPlace& queued, const Verdict& verdict) {
  const bool cancel_waits =
      std::any_of(held.begin(), held.end(), [&](const HeldCancel& h) { return h.cancel.id == queued.order.id; });
  settled(now, queued.order.id, false);
  if (queued.version_checked || cancel_waits) {
    ++stats.refused;
    if (queued.version_checked) halt(queued.order.token, "its orders are refused for their version");
    answer_rejected(queued.order, model::RejectKind::version_mismatch, verdict.refusal.text);
    return;
  }
  queued.version_checked = true;
  if (awaiting_version.empty()) submit_read({.kind = ReadKind::version, .urgency = Urgency::query});
  awaiting_version.push_back(queued);
}

void OrderSender::Impl::on_version_answer(Timestamp now, const Expected<HttpResponse>& answer) {
  const std::vector<QueuedPlace> waiting = std::exchange(awaiting_version, {});
  const auto version =
      answer ? polymarket::read_version(*answer) : Expected<std::int32_t>(std::unexpected(answer.error()));
  const bool same = version && *version == options.expected_version;
  if (version && !same) sink.on_notice(Notice::version_changed, std::to_string(*version));
  for (const QueuedPlace& queued : waiting) {
    if (same) {
      requeue(now, queued, Duration(0));
      continue;
    }
    ++stats.refused;
    if (version) halt(queued.order.token, "the venue's version changed");
    answer_rejected(queued.order, model::RejectKind::version_mismatch, "order_version_mismatch");
  }
}

Timestamp OrderSender::Impl::places_timer(Timestamp now) {
  Timestamp at = kNever;
  const std::int32_t lanes = options.lanes - options.read_lanes;
  const bool lane = places_in_flight < lanes - 1 && places_in_flight + cancels_in_flight < lanes;
  const bool window = options.batch_window.raw() > 0 && places[0].empty() && places_queued() < batch_limit;
  for (std::size_t q = 0; q < places.size(); ++q) {
    if (places[q].empty()) continue;
    const Timestamp budget = lane ? budgets.when(now, Endpoint::post_order, 1, urgency_of_queue(q)) : kNever;
    for (const QueuedPlace& queued : places[q]) {
      if (queued.order.drop_after.is_set()) at = std::min(at, queued.order.drop_after + nanoseconds(1));
      Timestamp ready = std::max(queued.not_before, budget);
      if (window) ready = std::max(ready, queued.queued_at + options.batch_window);
      at = std::min(at, ready);
    }
  }
  return at;
}

}  // namespace ebb::session
