// Rows into model::Recovery. Throws inside (journal_sql.hpp), errors at the border.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/mutant.hpp"
#include "store/journal_db_state.hpp"

namespace ebb::store {
namespace {

/// Builds one Recovery: gives tokens their indices in the order in which they are first named.
class Recoverer {
 public:
  Recoverer(JournalDb::State& state, std::int64_t account) : s_(state), account_(account) {}

  model::Recovery run() {
    read_runs();
    read_operator();
    read_day();
    archive_closed_tokens();
    read_orders();
    read_closed_tokens();
    read_bookings();
    read_token_states();
    read_tokens();
    return std::move(recovery_);
  }

 private:
  SQLite::Statement query(const char* sql) { return {s_.db, sql}; }
  model::TokenIndex index_of(std::int64_t token_no);
  /// Venue time from which on folded fills are given to the restart.
  [[nodiscard]] Timestamp recent() const;

  void read_runs();
  void read_operator();
  void read_day();
  void archive_closed_tokens();
  void read_orders();
  void read_closed_tokens();
  void read_bookings();
  void read_folded_fills(const std::vector<std::int64_t>& touched);
  void add_position(std::int64_t booking_no, Timestamp at);
  void read_token_states();
  void read_tokens();
  void read_market(std::int64_t market_no);

  JournalDb::State& s_;
  std::int64_t account_;
  model::Recovery recovery_;
  FlatMap<std::int64_t, model::TokenIndex> indices_;
  std::vector<std::int64_t> token_nos_;
};

model::TokenIndex Recoverer::index_of(std::int64_t token_no) {
  const auto [it, added] = indices_.try_emplace(token_no, static_cast<std::uint32_t>(token_nos_.size()));
  if (added) token_nos_.push_back(token_no);
  return it->second;
}

Timestamp Recoverer::recent() const {
  if (!recovery_.trades_complete_until.is_set()) return Timestamp(std::numeric_limits<std::int64_t>::min());
  return recovery_.trades_complete_until - s_.retention.recent_fills;
}

void Recoverer::read_runs() {
  SQLite::Statement runs = query("SELECT last_at, ending FROM runs WHERE account_no = ? ORDER BY run_no DESC LIMIT 1");
  runs.bind(1, account_);
  if (runs.executeStep()) {
    Row row(runs);
    recovery_.first_run = false;
    recovery_.last_record = row.time();
    recovery_.ended_in_order = !row.null() && row.text() == "IN_ORDER";
  }
  SQLite::Statement watermark = query("SELECT IFNULL(trades_complete_until, 0) FROM accounts WHERE account_no = ?");
  watermark.bind(1, account_);
  if (watermark.executeStep()) recovery_.trades_complete_until = Row(watermark).time();
}

// What the operator stopped stays stopped: the last word about all tokens counts.
void Recoverer::read_operator() {
  SQLite::Statement actions = query(
      "SELECT a.action FROM operator_actions a JOIN runs r ON r.run_no = a.run_no WHERE r.account_no = ? AND "
      "a.token_no IS NULL AND a.action IN ('PAUSE', 'RESUME', 'KILL') ORDER BY a.action_no");
  actions.bind(1, account_);
  while (actions.executeStep()) {
    const std::string action = Row(actions).text();
    if (action == "PAUSE") recovery_.paused = true;
    if (action == "KILL") recovery_.killed = true;
    if (action == "RESUME") recovery_.paused = recovery_.killed = false;
  }
}

// A restart is no new day: its loss goes on counting.
void Recoverer::read_day() {
  SQLite::Statement incidents = query(
      "SELECT i.kind, i.at, i.value FROM incidents i JOIN runs r ON r.run_no = i.run_no WHERE r.account_no = ? AND "
      "i.kind IN ('DAY_BEGINS', 'DAILY_LOSS') ORDER BY i.incident_no DESC LIMIT 2");
  incidents.bind(1, account_);
  bool lost = false;
  while (incidents.executeStep()) {
    Row row(incidents);
    const bool begins = row.text() == "DAY_BEGINS";
    const Timestamp at = row.time();
    if (!begins) {
      lost = true;
      continue;
    }
    recovery_.day_began = at;
    recovery_.day_start_pnl = Usdc(row.integer());
    recovery_.daily_loss_hit = lost;
    return;
  }
}

// --- Tokens closed long ago ---------------------------------------------------------------------------------------------

// Conditions: the last word of the ledger on the token is an empty position, it is old, and no open order and no fill that a
// sweep may show again names it. A token that is traded again later begins at zero, as it does in the engine.
constexpr const char* kClosedTokens =
    "SELECT l.token_no FROM token_ledgers l JOIN positions p ON p.booking_no = l.position_no "
    "WHERE l.account_no = ?1 AND p.size = 0 AND p.cost = 0 AND p.trip_open = 0 AND p.at < ?2 "
    "AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.account_no = ?1 AND b.token_no = l.token_no "
    "                AND b.booking_no > l.position_no) "
    "AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.account_no = ?1 AND o.token_no = l.token_no AND o.terminal = 0) "
    "AND NOT EXISTS (SELECT 1 FROM fills f WHERE f.account_no = ?1 AND f.token_no = l.token_no AND f.matched_at >= ?2)";

void Recoverer::archive_closed_tokens() {
  if (!recovery_.trades_complete_until.is_set()) return;
  std::vector<std::int64_t> closed;
  SQLite::Statement find = query(kClosedTokens);
  bind_all(find, account_, recent());
  while (find.executeStep()) closed.push_back(Row(find).integer());
  if (closed.empty()) return;
  SQLite::Transaction transaction(s_.db, SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement open(s_.db, "INSERT OR IGNORE INTO closed_tokens VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0)");
  store::run(open, account_);
  SQLite::Statement add(
      s_.db,
      "UPDATE closed_tokens SET tokens = tokens + 1, realized = closed_tokens.realized + p.realized, "
      "fees = closed_tokens.fees + p.fees, cash_flow = closed_tokens.cash_flow + p.cash_flow, "
      "adopted = closed_tokens.adopted + p.adopted, buy_fills = closed_tokens.buy_fills + p.buy_fills, "
      "sell_fills = closed_tokens.sell_fills + p.sell_fills, round_trips = closed_tokens.round_trips + p.round_trips "
      "FROM token_ledgers l JOIN positions p ON p.booking_no = l.position_no "
      "WHERE closed_tokens.account_no = ?1 AND l.account_no = ?1 AND l.token_no = ?2");
  SQLite::Statement mark(s_.db,
                         "UPDATE token_ledgers SET closed_to = position_no, position_no = NULL "
                         "WHERE account_no = ? AND token_no = ?");
  for (const std::int64_t token : closed) {
    store::run(add, account_, token);
    store::run(mark, account_, token);
  }
  transaction.commit();
}

void Recoverer::read_closed_tokens() {
  SQLite::Statement sums = query(
      "SELECT realized, fees, cash_flow, adopted, buy_fills, sell_fills, round_trips FROM closed_tokens "
      "WHERE account_no = ?");
  sums.bind(1, account_);
  if (!sums.executeStep()) return;
  Row row(sums);
  model::PositionRecord p;
  p.realized = row.quantity<Usdc>();
  p.fees = row.quantity<Usdc>();
  p.cash_flow = row.quantity<Usdc>();
  p.adopted = row.quantity<Usdc>();
  p.buy_fills = row.number<std::uint32_t>();
  p.sell_fills = row.number<std::uint32_t>();
  p.round_trips = row.number<std::uint32_t>();
  recovery_.bookings.push_back({Timestamp(), p, false});
}

// --- Orders -------------------------------------------------------------------------------------------------------------

void Recoverer::read_orders() {
  SQLite::Statement open = query(
      "SELECT order_id, token_no, intent_at, side, type, crossing, purpose, price, size, maker_amount, taker_amount, "
      "salt, signed_at, expiration, drop_after, reference, cycle, step, state, filled, claimed, ended_at_venue, "
      "cancel_requested, unexplained, cancel_reason, reject, updated_at FROM orders "
      "WHERE account_no = ? AND terminal = 0 ORDER BY order_no");
  open.bind(1, account_);
  while (open.executeStep()) {
    Row row(open);
    model::RecoveredOrder order;
    model::PlaceOrder& o = order.intent.order;
    model::OrderRecord& last = order.last;
    o.id = last.id = order_id_of(row.text());
    o.token = last.token = index_of(row.integer());
    if (row.null()) {
      row.skip(15);
    } else {
      row.skip();
      o.side = side_of(row.text());
      o.type = order_type_of(row.text());
      o.crossing = crossing_of(row.text());
      o.purpose = purpose_of(row.text());
      o.price = row.quantity<Price>();
      o.size = row.quantity<Shares>();
      o.maker_amount = row.integer();
      o.taker_amount = row.integer();
      o.salt = row.number<std::uint64_t>();
      o.time = row.time();
      o.expiration = row.time();
      o.drop_after = row.time();
      order.intent.reference = row.quantity<Price>();
      order.intent.cycle = row.number<std::uint32_t>();
    }
    if (!row.null())
      last.step = step_of(row.text());
    else
      row.skip();
    last.state = state_of(row.text());
    last.filled = row.quantity<Shares>();
    last.claimed = row.quantity<Shares>();
    last.ended_at_venue = row.flag();
    last.cancel_requested = row.flag();
    last.unexplained = row.flag();
    if (!row.null())
      last.cancel_reason = cancel_reason_of(row.text());
    else
      row.skip();
    if (!row.null())
      last.reject = reject_of(row.text());
    else
      row.skip();
    order.time = row.time();
    const bool unanswered = last.state < model::OrderState::live || last.state == model::OrderState::unknown;
    if (EBB_MUTANT(forget_unanswered) && unanswered) continue;
    recovery_.orders.push_back(std::move(order));
  }
}

// --- The ledger ---------------------------------------------------------------------------------------------------------

constexpr const char* kFillColumns =
    "f.order_id, f.trade_id, f.token_no, f.side, f.price, f.size, f.maker, f.matched_at";

/// Reads kFillColumns.
model::UserTrade read_trade(Row& row, std::int64_t& token_no) {
  model::UserTrade trade;
  trade.order = order_id_of(row.text());
  trade.trade = trade_id_of(row.text());
  token_no = row.integer();
  trade.side = side_of(row.text());
  trade.price = row.quantity<Price>();
  trade.size = row.quantity<Shares>();
  trade.maker = row.flag();
  trade.time = row.time();
  return trade;
}

/// The first booking of a token that is neither folded into a position nor into the sums of closed tokens.
constexpr const char* kUnfolded = "MAX(l.closed_to + 1, IFNULL(l.position_no, 0))";

/// Everything of the account that is not folded, in booking order: for each token from its last position on, and what
/// belongs to no token.
std::string bookings_sql() {
  return fmt::format(
      "SELECT b.booking_no, b.token_no, b.at, b.kind, b.status, b.size, b.dollars, b.fee, b.payout, b.cost_known, "
      "f.fill_no, f.first_booking < {1}, {0} "
      "FROM token_ledgers l CROSS JOIN bookings b ON b.account_no = l.account_no AND b.token_no = l.token_no "
      "  AND b.booking_no >= {1} "
      "LEFT JOIN fills f ON f.fill_no = b.fill_no WHERE l.account_no = ?1 "
      "UNION ALL "
      "SELECT b.booking_no, NULL, b.at, b.kind, NULL, b.size, b.dollars, NULL, b.payout, b.cost_known, "
      "NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
      "FROM bookings b WHERE b.account_no = ?1 AND b.token_no IS NULL ORDER BY 1",
      kFillColumns, kUnfolded);
}

void Recoverer::read_bookings() {
  // Fills that are folded but were told again afterwards: they must be known, however old they are.
  std::vector<std::int64_t> touched;
  std::vector<model::RecoveredBooking> bookings;
  std::swap(bookings, recovery_.bookings);  // the sums of closed tokens come first
  SQLite::Statement statement = query(bookings_sql().c_str());
  statement.bind(1, account_);
  while (statement.executeStep()) {
    Row row(statement);
    const std::int64_t booking_no = row.integer();
    const bool has_token = !row.null();
    const std::int64_t token_no = row.integer();
    const Timestamp at = row.time();
    const std::string kind = row.text();
    if (kind == "POSITION") {
      add_position(booking_no, at);
      continue;
    }
    if (kind != "FILL") {
      model::LedgerRecord change;
      change.change = ledger_change_of(kind);
      if (has_token) change.token = index_of(token_no);
      change.size = row.skip().quantity<Shares>();
      change.dollars = row.quantity<Usdc>();
      change.payout = row.skip().quantity<Price>();
      change.cost_known = row.flag();
      recovery_.bookings.push_back({at, change, false});
      continue;
    }
    model::FillRecord fill;
    const model::TradeStatus status = trade_status_of(row.text());
    fill.dollars = row.skip().quantity<Usdc>();
    fill.fee = row.quantity<Usdc>();
    const std::int64_t fill_no = row.skip(2).integer();
    if (row.flag()) {
      touched.push_back(fill_no);
      continue;
    }
    std::int64_t fill_token = 0;
    fill.trade = read_trade(row, fill_token);
    fill.trade.token = index_of(fill_token);
    fill.trade.status = status;
    recovery_.bookings.push_back({at, fill, false});
  }
  std::swap(bookings, recovery_.bookings);
  read_folded_fills(touched);
  recovery_.bookings.insert(recovery_.bookings.end(), bookings.begin(), bookings.end());
}

void Recoverer::add_position(std::int64_t booking_no, Timestamp at) {
  SQLite::Statement statement = query(
      "SELECT token_no, size, cost, cost_known, realized, fees, cash_flow, adopted, buy_fills, sell_fills, "
      "round_trips, "
      "trip_open FROM positions WHERE booking_no = ?");
  statement.bind(1, booking_no);
  if (!statement.executeStep()) throw DamagedRow{fmt::format("booking {} has no position", booking_no)};
  Row row(statement);
  model::PositionRecord p;
  p.token = index_of(row.integer());
  p.size = row.quantity<Shares>();
  p.cost = row.quantity<Usdc>();
  p.cost_known = row.flag();
  p.realized = row.quantity<Usdc>();
  p.fees = row.quantity<Usdc>();
  p.cash_flow = row.quantity<Usdc>();
  p.adopted = row.quantity<Usdc>();
  p.buy_fills = row.number<std::uint32_t>();
  p.sell_fills = row.number<std::uint32_t>();
  p.round_trips = row.number<std::uint32_t>();
  p.trip_open = row.flag();
  recovery_.bookings.push_back({at, p, false});
}

/// Folded fills that a sweep may show again, that were told again, or that belong to orders that still live: each once,
/// with its newest status, in the order of their first booking.
void Recoverer::read_folded_fills(const std::vector<std::int64_t>& touched) {
  const std::string sql = fmt::format(
      "SELECT f.booked_at, f.status, f.dollars, f.fee, f.fill_no, {0}, f.matched_at >= ?2 OR EXISTS (SELECT 1 FROM "
      "orders o "
      "  WHERE o.order_id = f.order_id AND o.terminal = 0) "
      "FROM token_ledgers l CROSS JOIN fills f ON f.account_no = l.account_no AND f.token_no = l.token_no "
      "WHERE l.account_no = ?1 AND f.first_booking < {1} ORDER BY f.first_booking",
      kFillColumns, kUnfolded);
  const FlatSet<std::int64_t> told_again(touched.begin(), touched.end());
  SQLite::Statement statement = query(sql.c_str());
  bind_all(statement, account_, recent());
  while (statement.executeStep()) {
    Row row(statement);
    const Timestamp at = row.time();
    model::FillRecord fill;
    const model::TradeStatus status = trade_status_of(row.text());
    fill.dollars = row.quantity<Usdc>();
    fill.fee = row.quantity<Usdc>();
    const std::int64_t fill_no = row.integer();
    std::int64_t token_no = 0;
    fill.trade = read_trade(row, token_no);
    fill.trade.status = status;
    if (!row.flag() && !told_again.contains(fill_no)) continue;
    fill.trade.token = index_of(token_no);
    recovery_.bookings.push_back({at, fill, true});
  }
}

// --- Tokens and markets -------------------------------------------------------------------------------------------------

/// A token that nothing else names keeps its state for as long as events are kept.
void Recoverer::read_token_states() {
  SQLite::Statement states = query(
      "SELECT token_no, blocks, phase, round_trips, floor, at FROM token_states WHERE account_no = ? ORDER BY "
      "token_no");
  states.bind(1, account_);
  const Timestamp oldest = recovery_.last_record - hours(24) * s_.retention.event_days;
  std::vector<std::int64_t> forgotten;
  while (states.executeStep()) {
    Row row(states);
    const std::int64_t token_no = row.integer();
    model::TokenRecord state;
    state.blocks = row.number<std::uint16_t>();
    state.phase = phase_of(row.text());
    state.round_trips = row.number<std::uint32_t>();
    state.floor = row.quantity<Price>();
    if (!indices_.contains(token_no) && row.time() < oldest) {
      forgotten.push_back(token_no);
      continue;
    }
    state.token = index_of(token_no);
    recovery_.token_states.push_back(state);
  }
  SQLite::Statement forget = query("DELETE FROM token_states WHERE account_no = ? AND token_no = ?");
  for (const std::int64_t token_no : forgotten) store::run(forget, account_, token_no);
}

void Recoverer::read_tokens() {
  SQLite::Statement token = query("SELECT token_id, market_no FROM tokens WHERE token_no = ?");
  std::vector<std::int64_t> markets;
  for (const std::int64_t token_no : token_nos_) {
    bind_all(token, token_no);
    if (!token.executeStep()) throw DamagedRow{fmt::format("token {} is named but not there", token_no)};
    Row row(token);
    recovery_.tokens.push_back(row.text());
    if (!row.null()) markets.push_back(row.integer());
  }
  std::ranges::sort(markets);
  const auto repeated = std::ranges::unique(markets);
  markets.erase(repeated.begin(), repeated.end());
  for (const std::int64_t market : markets) read_market(market);
}

void Recoverer::read_market(std::int64_t market_no) {
  SQLite::Statement statement = query(
      "SELECT condition_id, slug, question, event, tick, min_order_size, neg_risk, version, fee_rate_bps, "
      "fee_exponent, "
      "starts_at, ends_at, end_precision FROM markets WHERE market_no = ?");
  statement.bind(1, market_no);
  if (!statement.executeStep()) throw DamagedRow{fmt::format("market {} is named but not there", market_no)};
  Row row(statement);
  model::MarketSpec m;
  m.condition_id = row.text();
  m.slug = row.text();
  m.question = row.text();
  m.event = row.text();
  m.tick = row.quantity<Price>();
  m.min_order_size = row.quantity<Shares>();
  m.neg_risk = row.flag();
  m.version = row.integer() == 1 ? model::ProtocolVersion::v1 : model::ProtocolVersion::v2;
  m.fees.rate_bps = row.number<std::int32_t>();
  m.fees.exponent = row.number<std::int32_t>();
  m.start = row.time();
  m.end = row.time();
  m.end_precision = end_precision_of(row.text());
  SQLite::Statement tokens =
      query("SELECT outcome_index, token_id, outcome FROM tokens WHERE market_no = ? ORDER BY outcome_index");
  tokens.bind(1, market_no);
  while (tokens.executeStep()) {
    Row token(tokens);
    const std::int64_t outcome = token.integer();
    if (outcome != 0 && outcome != 1)
      throw DamagedRow{fmt::format("a token of market {} has outcome {}", market_no, outcome)};
    model::TokenSpec& spec = m.tokens[static_cast<std::size_t>(outcome)];
    spec.token_id = token.text();
    spec.outcome = token.text();
  }
  recovery_.markets.push_back(std::move(m));
}

}  // namespace

Expected<model::Recovery> JournalDb::recover(const JournalAccount& account) {
  State& s = *state_;
  CHECK(!s.in_group);
  return guarded([&] {
    const std::int64_t known = s.account_no(account, false);
    if (known == 0) return model::Recovery{};
    s.run_no = 0;  // what closed tokens were must not be booked to them any more: a run begins after this
    return Recoverer(s, known).run();
  });
}

}  // namespace ebb::store
