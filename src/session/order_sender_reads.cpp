// Questions: what became of an order, our trades, open orders, balances, positions. A page that is missing is unknown, never
// zero; "no such order" proves nothing shortly after a placement.
#include <algorithm>

#include "base/decimal.hpp"
#include "base/mutant.hpp"
#include "polymarket/data_api.hpp"
#include "polymarket/venue_status.hpp"
#include "session/order_sender_impl.hpp"

namespace ebb::session {
namespace {

using polymarket::Decision;
using polymarket::Endpoint;

constexpr std::uint8_t kMostTries = 3;
constexpr Duration kRetryFirst = milliseconds(300);
constexpr Duration kRetryMost = seconds(5);
constexpr std::uint32_t kMostPages = 1'000;
constexpr std::uint32_t kQueriesBeforePoll = 4;
constexpr std::size_t kMostForeignTold = 256;
constexpr std::int64_t kNs = 1'000'000'000;

/// Newer descriptions say shares, older examples show millionths: our own size tells which (protocol 1.4).
Shares matched_shares(const polymarket::VenueOrder& order, Shares size) {
  const bool in_millionths = size.raw() > 0 && order.original_size.raw() > size.raw() * 1'000;
  return in_millionths ? Shares(order.size_matched.raw() / kShareScale) : order.size_matched;
}

}  // namespace

polymarket::AssetType OrderSender::Impl::asset_of(model::TokenIndex token) const {
  if (!token.valid()) return polymarket::AssetType::collateral;
  return tokens[token.value()].contract == polymarket::ExchangeContract::v3 ? polymarket::AssetType::conditional_v2
                                                                            : polymarket::AssetType::conditional;
}

// The same question twice is one question.
void OrderSender::Impl::submit_read(Read read) {
  const bool of_token =
      read.kind == ReadKind::balance_update || read.kind == ReadKind::balance || is_of_data(read.kind);
  if (of_token && read.token.valid() && read.token.value() >= tokens.size()) return;
  const auto same = [&](const Read& other) {
    const bool balance = read.kind == ReadKind::balance_update && other.kind == ReadKind::balance;
    return (other.kind == read.kind || balance) && other.id == read.id && other.token == read.token &&
           other.cursor == read.cursor;
  };
  for (auto& queue : reads) {
    const auto it = std::find_if(queue.begin(), queue.end(), same);
    if (it == queue.end()) continue;
    if (read.of_resync && !it->of_resync) {
      it->of_resync = true;
    } else if (read.of_resync) {
      resync_part(true, true);
    }
    return;
  }
  const bool under_way = std::any_of(flights.begin(), flights.end(),
                                     [&](const Flight& f) { return f.kind == FlightKind::read && same(f.read); });
  if (under_way && !read.of_resync) return;
  auto& queue = reads[read.urgency == Urgency::poll ? 1 : 0];
  if (queue.size() >= options.largest_queue) {
    sink.on_notice(Notice::queue_full, "reads");
    give_up_read(Timestamp{}, read);
    return;
  }
  queue.push_back(std::move(read));
}

void OrderSender::Impl::submit_sweep(Timestamp since, Urgency urgency, bool of_resync) {
  if (sweep.active) {
    sweep.again_since = sweep.again ? std::min(sweep.again_since, since) : since;
    sweep.again = true;
    sweep.again_of_resync = sweep.again_of_resync || of_resync;
    return;
  }
  sweep.active = true;
  sweep.complete = true;
  sweep.of_resync = of_resync;
  sweep.since = since;
  sweep.pages = 0;
  sweep.trades.clear();
  submit_read({.kind = ReadKind::trades, .urgency = urgency, .cursor = std::string(polymarket::kFirstCursor)});
}

void OrderSender::Impl::list_orders(Timestamp now, Urgency urgency, bool of_resync) {
  if (listing.active) {
    listing.again_of_resync = listing.again_of_resync || of_resync;
    return;
  }
  listing.active = true;
  listing.of_resync = of_resync;
  listing.started_at = now;
  listing.pages = 0;
  listing.orders.clear();
  submit_read({.kind = ReadKind::open_orders, .urgency = urgency, .cursor = std::string(polymarket::kFirstCursor)});
}

void OrderSender::Impl::resync(Timestamp now, Timestamp since) {
  if (resyncing.active) {
    // What was asked before this moment is no answer to it.
    resyncing.complete = false;
    return;
  }
  resyncing = {.active = true, .complete = true, .open = 2};
  list_orders(now, Urgency::query, true);
  submit_sweep(since, Urgency::query, true);
}

void OrderSender::Impl::resync_part(bool of_resync, bool complete) {
  if (!of_resync || !resyncing.active) return;
  resyncing.complete = resyncing.complete && complete;
  if (--resyncing.open > 0) return;
  const bool whole = resyncing.complete;
  resyncing = {};
  sink.on_resynced(whole);
}

bool OrderSender::Impl::dispatch_reads(Timestamp now) {
  if (reads_in_flight >= options.read_lanes) return false;
  // Polls get every fifth turn, however many queries wait.
  const bool poll_first = queries_in_a_row >= kQueriesBeforePoll;
  for (const std::size_t q :
       {poll_first ? std::size_t{1} : std::size_t{0}, poll_first ? std::size_t{0} : std::size_t{1}}) {
    if (!dispatch_read(now, reads[q])) continue;
    queries_in_a_row = q == 0 ? queries_in_a_row + 1 : 0;
    return true;
  }
  return false;
}

bool OrderSender::Impl::dispatch_read(Timestamp now, std::deque<Read>& queue) {
  BudgetSeen exhausted{};  // many reads may wait for one budget
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const Read& read = queue[i];
    if (read.not_before > now || exhausted[budget_of(read)]) continue;
    bool allowed = false;
    if (is_of_data(read.kind)) {
      allowed = positions_window.room(now) > 0;
      if (allowed) positions_window.add(now, 1);
    } else {
      allowed = budgets.take(now, endpoint_of(read.kind), 1, read.urgency);
    }
    if (!allowed) {
      exhausted[budget_of(read)] = true;
      continue;
    }
    Read next = std::move(queue[i]);
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
    send_read(now, std::move(next));
    return true;
  }
  return false;
}

Endpoint OrderSender::Impl::endpoint_of(ReadKind kind) {
  switch (kind) {
    case ReadKind::status: return Endpoint::order_status;
    case ReadKind::trades: return Endpoint::trades;
    case ReadKind::open_orders: return Endpoint::open_orders;
    case ReadKind::balance_update: return Endpoint::balance_update;
    case ReadKind::balance:
    case ReadKind::account: return Endpoint::balance;
    case ReadKind::position:
    case ReadKind::payout:
    case ReadKind::version: return Endpoint::other;
  }
  return Endpoint::other;
}

void OrderSender::Impl::send_read(Timestamp now, Read read) {
  Flight& flight = start_flight(FlightKind::read, endpoint_of(read.kind));
  ++reads_in_flight;
  ++stats.queries;
  HttpRequest request;
  const std::string_view token =
      read.token.valid() ? std::string_view(markets.token_id(read.token)) : std::string_view();
  switch (read.kind) {
    case ReadKind::status: request = polymarket::order_request(read.id); break;
    case ReadKind::trades:
      request = polymarket::trades_request(maker_text, std::max<std::int64_t>(sweep.since.ns() / kNs, 0), read.cursor);
      break;
    case ReadKind::open_orders: request = polymarket::open_orders_request(read.cursor); break;
    case ReadKind::balance_update:
    case ReadKind::balance:
    case ReadKind::account:
      request = polymarket::balance_request(
          read.kind == ReadKind::balance_update ? polymarket::BalanceCall::update : polymarket::BalanceCall::read,
          asset_of(read.token), token, options.signature_type);
      break;
    case ReadKind::position:
      request = polymarket::positions_request(maker_text, markets.market_of(read.token).condition_id, read.cursor);
      break;
    case ReadKind::payout: request = polymarket::resolutions_request(markets.market_of(read.token).condition_id); break;
    case ReadKind::version: request = polymarket::version_request(); break;
  }
  const bool data = is_of_data(read.kind);
  const bool authenticated = !data && read.kind != ReadKind::version;
  flight.read = std::move(read);
  send(now, flight, data ? Origin::data : Origin::clob, std::move(request), options.read_timeout, authenticated);
}

/// Puts it back into its queue; false when it was tried often enough.
bool OrderSender::Impl::retry_read(Timestamp now, const Read& read, Duration wait) {
  if (read.tries >= kMostTries) return false;
  Read again = read;
  ++again.tries;
  again.not_before = now + wait;
  reads[read.urgency == Urgency::poll ? 1 : 0].push_back(std::move(again));
  return true;
}

void OrderSender::Impl::on_read_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer) {
  const Read& read = flight.read;
  if (read.kind == ReadKind::version) return on_version_answer(now, answer);
  const bool good = answer && answer->status >= 200 && answer->status < 300;
  if (good) {
    if (!is_of_data(read.kind)) budgets.on_headers(now, flight.endpoint, answer->status, answer->headers);
    switch (read.kind) {
      case ReadKind::status: return read_status(now, read, &*answer);
      case ReadKind::trades: return read_trades(read, &*answer);
      case ReadKind::open_orders: return read_open_orders(now, read, &*answer);
      case ReadKind::balance_update: {
        Read next = read;
        next.kind = ReadKind::balance;
        next.tries = 0;
        return submit_read(std::move(next));
      }
      case ReadKind::balance: return read_balance(now, read, &*answer);
      case ReadKind::position: return read_position(read, &*answer);
      case ReadKind::payout: return read_payout(read, *answer);
      case ReadKind::account: return account_answers(now);
      case ReadKind::version: return;
    }
  }
  Duration wait = backoff(read.tries, kRetryFirst, kRetryMost);
  if (answer && is_of_data(read.kind)) {
    if (const auto told = retry_after(answer->headers)) wait = std::max(wait, *told);
    if (answer->status >= 400 && answer->status < 500 && answer->status != 429) return give_up_read(now, read);
  } else if (answer) {
    const Verdict verdict = judge(now, flight.endpoint, *answer);
    if (read.kind == ReadKind::status && answer->status == 404 && verdict.is_json)
      return read_status(now, read, nullptr);
    if (verdict.decision == Decision::stop || verdict.decision == Decision::refuse) return give_up_read(now, read);
    if (verdict.wait) wait = std::max(wait, *verdict.wait);
  }
  if (read.kind == ReadKind::account) return;  // asked again in its own time
  // The engine asks again about an order by itself, and it is not to wait for us.
  if (read.kind == ReadKind::status && !read.of_resync) return give_up_read(now, read);
  if (!retry_read(now, read, wait)) give_up_read(now, read);
}

// Nobody knows: said as such.
void OrderSender::Impl::give_up_read(Timestamp now, const Read& read) {
  switch (read.kind) {
    case ReadKind::status:
      sink.on_event(
          model::OrderStatusAnswer{.id = read.id, .status = model::VenueOrderStatus::unknown, .size_matched = {}});
      return resync_part(read.of_resync, false);
    case ReadKind::trades: sweep.complete = false; return finish_sweep();
    case ReadKind::open_orders: return finish_listing(now, false);
    case ReadKind::balance_update:
    case ReadKind::balance: sink.on_event(model::BalanceReading{.token = read.token}); return;
    case ReadKind::position:
      sink.on_event(model::PositionReading{.token = read.token, .quality = model::ReadingQuality::error, .size = {}});
      return;
    case ReadKind::payout:  // asked again by whoever waits for it
    case ReadKind::account:
    case ReadKind::version: return;
  }
}

/// `response` null: 404.
void OrderSender::Impl::read_status(Timestamp now, const Read& read, const HttpResponse* response) {
  model::OrderStatusAnswer answer{.id = read.id, .status = model::VenueOrderStatus::not_found, .size_matched = {}};
  const auto ours = known.find(read.id);
  if (response != nullptr) {
    const auto order = reader.order(response->body, markets);
    if (!order || (order->status != model::VenueOrderStatus::not_found && order->id != read.id)) {
      ++stats.unreadable;
      return give_up_read(now, read);
    }
    answer.status = order->status;
    answer.size_matched = matched_shares(*order, ours == known.end() ? Shares(0) : ours->second.size);
  }
  // Answered, though it proves nothing yet: a resync need not wait for what only time can tell.
  const bool too_early =
      !EBB_MUTANT(not_found_is_gone) && answer.status == model::VenueOrderStatus::not_found && ours != known.end() &&
      (ours->second.in_flight || now - ours->second.quiet_since < options.not_found_proof + ours->second.under_way);
  if (too_early) answer.status = model::VenueOrderStatus::unknown;
  const bool over =
      answer.status == model::VenueOrderStatus::matched || answer.status == model::VenueOrderStatus::canceled;
  if (over) known.erase(read.id);
  sink.on_event(answer);
  resync_part(read.of_resync, too_early || answer.status != model::VenueOrderStatus::unknown);
}

void OrderSender::Impl::read_trades(const Read& read, const HttpResponse* response) {
  std::string next;
  if (!decoder.decode_trades_page(response->body, decoded, next)) {
    ++stats.unreadable;
    sweep.complete = false;
    return finish_sweep();
  }
  if (decoded.malformed > 0) sweep.complete = false;
  sweep.trades.insert(sweep.trades.end(), decoded.trades.begin(), decoded.trades.end());
  if (next.empty()) return finish_sweep();
  if (++sweep.pages >= kMostPages || next == read.cursor) {
    sweep.complete = false;
    return finish_sweep();
  }
  submit_read({.kind = ReadKind::trades, .urgency = read.urgency, .cursor = next});
}

void OrderSender::Impl::finish_sweep() {
  // The venue lists the newest first; a sale must not come before its purchase.
  std::stable_sort(sweep.trades.begin(), sweep.trades.end(),
                   [](const model::UserTrade& a, const model::UserTrade& b) { return a.time < b.time; });
  sink.on_event(model::TradesAnswer{.trades = sweep.trades, .complete = sweep.complete, .since = sweep.since});
  const bool of_resync = sweep.of_resync;
  const bool complete = sweep.complete;
  const bool again = sweep.again;
  const bool again_of_resync = sweep.again_of_resync;
  sweep.active = sweep.again = sweep.again_of_resync = false;
  resync_part(of_resync, complete);
  if (again) submit_sweep(sweep.again_since, Urgency::query, again_of_resync);
}

void OrderSender::Impl::read_open_orders(Timestamp now, const Read& read, const HttpResponse* response) {
  const polymarket::PageEnd end = reader.orders(response->body, markets, listing.orders);
  if (!end.ok || end.skipped > 0) {
    ++stats.unreadable;
    return finish_listing(now, false);
  }
  if (end.next.empty()) return finish_listing(now, true);
  if (++listing.pages >= kMostPages || end.next == read.cursor) return finish_listing(now, false);
  submit_read({.kind = ReadKind::open_orders, .urgency = read.urgency, .cursor = end.next});
}

// What is listed lives. What is not listed although it should be is asked for by its id: a missing line proves nothing.
void OrderSender::Impl::finish_listing(Timestamp now, bool complete) {
  const bool of_resync = listing.of_resync;
  const bool again = std::exchange(listing.again_of_resync, false);
  listing.active = false;
  FlatSet<model::OrderId, std::hash<model::OrderId>> listed;
  for (const polymarket::VenueOrder& order : listing.orders) {
    listed.insert(order.id);
    const auto ours = known.find(order.id);
    if (ours == known.end()) on_foreign(now, order, of_resync);
    if (order.status != model::VenueOrderStatus::live) continue;
    sink.on_event(model::OrderStatusAnswer{
        .id = order.id,
        .status = order.status,
        .size_matched = matched_shares(order, ours == known.end() ? Shares(0) : ours->second.size)});
  }
  if (complete || EBB_MUTANT(trust_empty_page)) {
    for (const model::OrderId& id : known_list) {
      const auto ours = known.find(id);
      if (ours == known.end() || listed.contains(id) || ours->second.in_flight) continue;
      if (ours->second.quiet_since >= listing.started_at) continue;  // placed while the list was read
      if (EBB_MUTANT(trust_empty_page)) {
        sink.on_event(model::OrderStatusAnswer{.id = id, .status = model::VenueOrderStatus::canceled});
        continue;
      }
      if (of_resync) ++resyncing.open;
      submit_read({.kind = ReadKind::status,
                   .urgency = of_resync ? Urgency::query : Urgency::poll,
                   .id = id,
                   .of_resync = of_resync});
    }
  }
  resync_part(of_resync, complete);
  if (again) list_orders(now, Urgency::query, true);
}

// Somebody else's, as far as anybody here knows.
void OrderSender::Impl::on_foreign(Timestamp now, const polymarket::VenueOrder& order, bool of_resync) {
  const bool taken_back = of_resync && options.foreign == ForeignOrders::cancel;
  if (taken_back && order.status == model::VenueOrderStatus::live) submit_cancel(now, order.id, Urgency::cancel);
  if (foreign_told.size() >= kMostForeignTold || !foreign_told.insert(order.id).second) return;
  const std::string what =
      std::string(model::to_text(order.side)) + " of " + to_text(order.original_size) + " shares of " +
      (order.token.valid() ? markets.token_id(order.token) : std::string("a token that is not traded here"));
  sink.on_notice(Notice::foreign_order, model::to_text(order.id) + ", a " + what + ", was not placed by this trader: " +
                                            (taken_back ? "it is canceled" : "it is left alone"));
}

void OrderSender::Impl::read_balance(Timestamp now, const Read& read, const HttpResponse* response) {
  const auto balance = reader.balance(response->body);
  if (!balance) {
    ++stats.unreadable;
    return give_up_read(now, read);
  }
  sink.on_event(model::BalanceReading{.token = read.token, .ok = true, .micros = balance->micros});
}

void OrderSender::Impl::read_position(const Read& read, const HttpResponse* response) {
  const auto page = polymarket::read_positions(*response);
  if (!page) return give_up_read(Timestamp{}, read);
  const std::string& id = markets.token_id(read.token);
  const auto row = std::find_if(page->rows.begin(), page->rows.end(), [&](const auto& r) { return r.token_id == id; });
  if (row != page->rows.end()) {
    sink.on_event(model::PositionReading{
        .token = read.token, .quality = model::ReadingQuality::fresh, .size = row->size, .average = row->average});
    return;
  }
  // A row that could not be read may have been the one.
  if (page->malformed > 0) return give_up_read(Timestamp{}, read);
  if (page->has_more && page->next_cursor != read.cursor) {
    return submit_read(
        {.kind = ReadKind::position, .urgency = read.urgency, .token = read.token, .cursor = page->next_cursor});
  }
  sink.on_event(model::PositionReading{.token = read.token, .quality = model::ReadingQuality::fresh, .size = {}});
}

// Told only when it is whole and on the price grid: a payout is never guessed.
void OrderSender::Impl::read_payout(const Read& read, const HttpResponse& response) {
  const auto page = polymarket::read_resolutions(response);
  if (!page) return;
  const model::MarketSpec& market = markets.market_of(read.token);
  const auto row = std::find_if(page->rows.begin(), page->rows.end(),
                                [&](const auto& r) { return r.condition_id == market.condition_id; });
  constexpr std::int64_t kMicrosOfPrice = kUsdcScale / kPriceScale;
  model::PayoutReading reading{.market = markets.token(read.token).market};
  if (row == page->rows.end()) {  // asked for this market alone: an empty, whole page says that it has not resolved
    if (page->malformed == 0 && page->rows.empty()) sink.on_event(reading);
    return;
  }
  if (row->payouts[0] % kMicrosOfPrice != 0) return;
  for (std::size_t i = 0; i < reading.payouts.size(); ++i)
    reading.payouts[i] = Price(static_cast<std::int32_t>(row->payouts[i] / kMicrosOfPrice));
  sink.on_event(reading);
}

Timestamp OrderSender::Impl::reads_timer(Timestamp now) {
  Timestamp at = kNever;
  if (reads_in_flight >= options.read_lanes) return at;
  BudgetSeen known{};
  std::array<Timestamp, kBudgetKinds> budget_at;
  for (const auto& queue : reads) {
    for (const Read& read : queue) {
      const std::size_t budget = budget_of(read);
      if (!std::exchange(known[budget], true)) {
        budget_at[budget] = is_of_data(read.kind) ? positions_window.when(now, 1)
                                                  : budgets.when(now, endpoint_of(read.kind), 1, read.urgency);
      }
      at = std::min(at, std::max(read.not_before, budget_at[budget]));
    }
  }
  return at;
}

}  // namespace ebb::session
