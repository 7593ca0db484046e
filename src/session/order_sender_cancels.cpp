// Cancels: the most urgent work, repeated until somebody answers. Canceling twice does no harm.
#include <algorithm>

#include "session/order_sender_impl.hpp"

namespace ebb::session {
namespace {

using polymarket::Decision;
using polymarket::Endpoint;

constexpr Duration kRetryFirst = milliseconds(200);
constexpr Duration kRetryMost = seconds(2);
constexpr Duration kSweepingRetryFor = seconds(30);

}  // namespace

void OrderSender::Impl::answer_cancel(const QueuedCancel& cancel, model::CancelOutcome outcome, std::string_view text) {
  canceling.erase(cancel.id);
  if (outcome == model::CancelOutcome::canceled) known.erase(cancel.id);
  sink.on_event(model::CancelAnswer{.id = cancel.id, .outcome = outcome, .text = text});
}

/// Takes an order that has not left out of the queues and says so; false when it is not there.
bool OrderSender::Impl::remove_queued_place(const model::OrderId& id) {
  const auto is_it = [&](const QueuedPlace& q) { return q.order.id == id; };
  for (auto& queue : places) {
    const auto it = std::find_if(queue.begin(), queue.end(), is_it);
    if (it == queue.end()) continue;
    const model::PlaceOrder order = it->order;
    queue.erase(it);
    answer_not_sent(order, "canceled before it left");
    return true;
  }
  const auto it = std::find_if(awaiting_version.begin(), awaiting_version.end(), is_it);
  if (it == awaiting_version.end()) return false;
  const model::PlaceOrder order = it->order;
  awaiting_version.erase(it);
  answer_not_sent(order, "canceled before it left");
  return true;
}

void OrderSender::Impl::submit_cancel(Timestamp now, const model::OrderId& id, Urgency urgency) {
  QueuedCancel cancel{.id = id, .urgency = urgency, .give_up = now + options.cancel_retry_for};
  if (remove_queued_place(id)) return answer_cancel(cancel, model::CancelOutcome::already_done, "it had not left");
  if (!canceling.insert(id).second) {
    // It waits already: it may have become more urgent.
    auto& others = cancels[1];
    const auto it = std::find_if(others.begin(), others.end(), [&](const QueuedCancel& c) { return c.id == id; });
    if (urgency != Urgency::risk_cancel || it == others.end()) return;
    QueuedCancel more = *it;
    others.erase(it);
    more.urgency = urgency;
    cancels[0].push_back(more);
    return;
  }
  const auto order = known.find(id);
  if (order != known.end() && order->second.in_flight) {
    held.push_back({cancel, now + options.cancel_hold});
    return;
  }
  cancels[urgency == Urgency::risk_cancel ? 0 : 1].push_back(cancel);
}

void OrderSender::Impl::release_held(Timestamp now) {
  for (std::size_t i = 0; i < held.size();) {
    if (now < held[i].until) {
      ++i;
      continue;
    }
    const QueuedCancel cancel = held[i].cancel;
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
    cancels[cancel.urgency == Urgency::risk_cancel ? 0 : 1].push_back(cancel);
  }
}

// The placement has its answer: the cancel goes, or there is nothing to cancel.
void OrderSender::Impl::release_held(const model::OrderId& id, bool at_venue) {
  const auto it = std::find_if(held.begin(), held.end(), [&](const HeldCancel& h) { return h.cancel.id == id; });
  if (it == held.end()) return;
  const QueuedCancel cancel = it->cancel;
  held.erase(it);
  if (!at_venue) return answer_cancel(cancel, model::CancelOutcome::already_done, "it is not at the venue");
  cancels[cancel.urgency == Urgency::risk_cancel ? 0 : 1].push_back(cancel);
}

void OrderSender::Impl::cancel_all(Timestamp now) {
  drop_places("canceled by the operator", model::RejectKind::not_sent);
  for (Flight& flight : flights) {
    if (flight.kind == FlightKind::place) flight.cancel_after = true;
  }
  all_wanted = QueuedCancel{.urgency = Urgency::risk_cancel, .give_up = now + kSweepingRetryFor};
}

bool OrderSender::Impl::dispatch_cancels(Timestamp now) {
  if (places_in_flight + cancels_in_flight >= options.lanes - options.read_lanes) return false;
  std::vector<QueuedCancel> batch;
  Urgency least = Urgency::risk_cancel;
  std::int64_t room = 0;
  for (std::size_t q = 0; q < cancels.size(); ++q) {
    auto& queue = cancels[q];
    const Urgency urgency = q == 0 ? Urgency::risk_cancel : Urgency::cancel;
    if (queue.empty()) continue;
    const auto wanted = static_cast<std::int64_t>(std::min(cancel_limit, queue.size() + batch.size()));
    room = budgets.room(now, wanted > 1 ? Endpoint::delete_orders : Endpoint::delete_order, wanted, urgency);
    for (std::size_t i = 0; i < queue.size() && static_cast<std::int64_t>(batch.size()) < room;) {
      if (queue[i].not_before > now || (queue[i].alone && !batch.empty())) {
        ++i;
        continue;
      }
      const bool alone = queue[i].alone;
      batch.push_back(queue[i]);
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
      least = urgency;
      if (alone) {
        room = 0;
        break;
      }
    }
    if (!batch.empty() && batch.back().alone) break;
  }
  if (batch.empty()) return false;
  const Endpoint endpoint = batch.size() > 1 ? Endpoint::delete_orders : Endpoint::delete_order;
  if (!budgets.take(now, endpoint, static_cast<std::int64_t>(batch.size()), least)) {
    for (std::size_t i = batch.size(); i-- > 0;)
      cancels[batch[i].urgency == Urgency::risk_cancel ? 0 : 1].push_front(batch[i]);
    return false;
  }
  Flight& flight = start_flight(FlightKind::cancel, endpoint);
  ++cancels_in_flight;
  stats.cancels += batch.size();
  flight.cancels = std::move(batch);
  if (flight.cancels.size() == 1) {
    send(now, flight, Origin::clob, polymarket::cancel_request(flight.cancels[0].id), options.cancel_timeout, true);
    return true;
  }
  std::vector<model::OrderId> ids;
  ids.reserve(flight.cancels.size());
  for (const QueuedCancel& cancel : flight.cancels) ids.push_back(cancel.id);
  send(now, flight, Origin::clob, polymarket::cancel_request(ids), options.cancel_timeout, true);
  return true;
}

// Cancel-all and cancel-market wait for no lane.
void OrderSender::Impl::dispatch_sweeping_cancels(Timestamp now) {
  if (all_wanted && all_wanted->not_before <= now && budgets.take(now, Endpoint::cancel_all, 1, Urgency::risk_cancel)) {
    Flight& flight = start_flight(FlightKind::cancel_all, Endpoint::cancel_all);
    flight.cancels.push_back(*all_wanted);
    all_wanted.reset();
    send(now, flight, Origin::clob, polymarket::cancel_all_request(), options.cancel_timeout, true);
  }
  for (std::size_t i = 0; i < markets_wanted.size();) {
    const auto [market, cancel] = markets_wanted[i];
    if (cancel.not_before > now || !budgets.take(now, Endpoint::cancel_market, 1, Urgency::risk_cancel)) {
      ++i;
      continue;
    }
    markets_wanted.erase(markets_wanted.begin() + static_cast<std::ptrdiff_t>(i));
    // Both tokens of a condition rest in one market; the venue's description wants one of them named.
    for (int outcome = 0; outcome < 2; ++outcome) {
      const model::TokenIndex token = markets.token_of(market, outcome);
      if (!token.valid()) continue;
      Flight& flight = start_flight(FlightKind::cancel_market, Endpoint::cancel_market);
      flight.market = market;
      flight.cancels.push_back(cancel);
      send(now, flight, Origin::clob,
           polymarket::cancel_market_request(markets.market(market).condition_id, markets.token_id(token)),
           options.cancel_timeout, true);
    }
  }
}

void OrderSender::Impl::retry_cancels(Timestamp now, Flight& flight, Duration wait, std::string_view text) {
  for (QueuedCancel& cancel : flight.cancels) {
    if (now + wait > cancel.give_up) {
      answer_cancel(cancel, model::CancelOutcome::unknown, text);
      continue;
    }
    ++cancel.tries;
    cancel.not_before = now + wait;
    cancels[cancel.urgency == Urgency::risk_cancel ? 0 : 1].push_back(cancel);
  }
}

void OrderSender::Impl::on_cancels_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer) {
  const std::uint8_t tries = flight.cancels.front().tries;
  if (!answer) return retry_cancels(now, flight, backoff(tries, kRetryFirst, kRetryMost), answer.error().message);
  if (answer->status >= 200 && answer->status < 300) return report_canceled(now, flight, *answer);
  const Verdict verdict = judge(now, flight.endpoint, *answer);
  const std::string_view text = verdict.refusal.text;
  const bool too_large = verdict.decision == Decision::retry;
  if (too_large) cancel_limit = std::max<std::size_t>(1, flight.cancels.size() / 2);
  if (verdict.decision == Decision::ask && verdict.is_json && answer->status == 404 && flight.cancels.size() == 1)
    return answer_cancel(flight.cancels[0], polymarket::classify_not_canceled(text), text);
  if (verdict.decision == Decision::refuse && flight.cancels.size() == 1)
    return answer_cancel(flight.cancels[0], polymarket::classify_not_canceled(text), text);
  if (verdict.decision == Decision::refuse) {  // one of them spoils it for all
    for (QueuedCancel& cancel : flight.cancels) cancel.alone = true;
    return retry_cancels(now, flight, Duration(0), text);
  }
  if (verdict.decision == Decision::stop) {
    for (const QueuedCancel& cancel : flight.cancels) answer_cancel(cancel, model::CancelOutcome::unknown, text);
    return;
  }
  Duration wait = too_large ? Duration(0) : backoff(tries, kRetryFirst, kRetryMost);
  if (verdict.wait) wait = std::max(wait, *verdict.wait);
  retry_cancels(now, flight, wait, text);
}

void OrderSender::Impl::report_canceled(Timestamp now, Flight& flight, const HttpResponse& response) {
  budgets.on_headers(now, flight.endpoint, response.status, response.headers);
  if (!reader.canceled(response.body, report)) {
    ++stats.unreadable;
    sink.on_notice(Notice::not_json, "an answer to cancels that cannot be read");
    return retry_cancels(now, flight, backoff(flight.cancels.front().tries, kRetryFirst, kRetryMost),
                         "unreadable answer");
  }
  std::sort(report.canceled.begin(), report.canceled.end());
  const auto by_id = [](const polymarket::NotCanceled& a, const polymarket::NotCanceled& b) { return a.id < b.id; };
  std::sort(report.not_canceled.begin(), report.not_canceled.end(), by_id);
  bool restricted = false;
  for (const QueuedCancel& cancel : flight.cancels) {
    if (std::binary_search(report.canceled.begin(), report.canceled.end(), cancel.id)) {
      answer_cancel(cancel, model::CancelOutcome::canceled, {});
      continue;
    }
    const auto left = std::lower_bound(report.not_canceled.begin(), report.not_canceled.end(),
                                       polymarket::NotCanceled{cancel.id, {}}, by_id);
    if (left == report.not_canceled.end() || left->id != cancel.id) {
      answer_cancel(cancel, model::CancelOutcome::unknown, "the answer does not mention it");
      continue;
    }
    const polymarket::Refusal refusal{.http_status = response.status, .text = left->reason};
    if (const auto to = polymarket::venue_mode(refusal); to != model::VenueMode::normal) {
      restricted = true;
      enter_mode(now, to, std::nullopt);
      answer_cancel(cancel, model::CancelOutcome::unknown, left->reason);
      continue;
    }
    answer_cancel(cancel, polymarket::classify_not_canceled(left->reason), left->reason);
  }
  const bool was_silent = mode == model::VenueMode::restarting || mode == model::VenueMode::disabled;
  if (was_silent && !restricted) leave_mode("the venue cancels again");
}

void OrderSender::Impl::on_sweeping_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer) {
  QueuedCancel cancel = flight.cancels.front();
  bool done = false;
  Duration wait = backoff(cancel.tries, kRetryFirst, kRetryMost);
  if (answer && answer->status >= 200 && answer->status < 300 && reader.canceled(answer->body, report)) {
    budgets.on_headers(now, flight.endpoint, answer->status, answer->headers);
    budgets.charge_cancels(now, static_cast<std::int64_t>(report.canceled.size()));
    for (const model::OrderId& id : report.canceled) {
      known.erase(id);
      sink.on_event(model::CancelAnswer{.id = id, .outcome = model::CancelOutcome::canceled, .text = {}});
    }
    done = true;
  } else if (answer) {
    const Verdict verdict = judge(now, flight.endpoint, *answer);
    done = verdict.decision == Decision::stop || verdict.decision == Decision::refuse;
    if (verdict.wait) wait = std::max(wait, *verdict.wait);
  }
  if (done || now + wait > cancel.give_up) return;
  ++cancel.tries;
  cancel.not_before = now + wait;
  if (flight.kind == FlightKind::cancel_all) {
    if (!all_wanted) all_wanted = cancel;
  } else {
    markets_wanted.emplace_back(flight.market, cancel);
  }
}

Timestamp OrderSender::Impl::cancels_timer(Timestamp now) {
  Timestamp at = kNever;
  for (const HeldCancel& cancel : held) at = std::min(at, cancel.until);
  if (all_wanted) {
    at = std::min(at,
                  std::max(all_wanted->not_before, budgets.when(now, Endpoint::cancel_all, 1, Urgency::risk_cancel)));
  }
  for (const auto& [market, cancel] : markets_wanted) {
    at = std::min(at, std::max(cancel.not_before, budgets.when(now, Endpoint::cancel_market, 1, Urgency::risk_cancel)));
  }
  if (places_in_flight + cancels_in_flight >= options.lanes - options.read_lanes) return at;
  for (std::size_t q = 0; q < cancels.size(); ++q) {
    if (cancels[q].empty()) continue;
    const Urgency urgency = q == 0 ? Urgency::risk_cancel : Urgency::cancel;
    const Timestamp budget = std::max(budgets.when(now, Endpoint::delete_order, 1, urgency),
                                      budgets.when(now, Endpoint::delete_orders, 1, urgency));
    for (const QueuedCancel& cancel : cancels[q]) at = std::min(at, std::max(cancel.not_before, budget));
  }
  return at;
}

}  // namespace ebb::session
