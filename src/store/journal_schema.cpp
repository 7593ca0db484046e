#include "store/journal_schema.hpp"

#include <fmt/format.h>

#include <array>

namespace ebb::store {
namespace {

// Times are nanoseconds since 1970 (UTC), shares and dollars millionths, prices ten-thousandths: what the trader computes with,
// exactly. The views show decimals and readable times.
constexpr const char* kTables = R"sql(
CREATE TABLE journal (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id TEXT NOT NULL,
  commits INTEGER NOT NULL
) STRICT;
CREATE TABLE notes (
  note_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE accounts (
  account_no INTEGER PRIMARY KEY,
  venue TEXT NOT NULL,
  wallet TEXT NOT NULL,
  trades_complete_until INTEGER,
  UNIQUE (venue, wallet)
) STRICT;
CREATE TABLE runs (
  run_no INTEGER PRIMARY KEY,
  account_no INTEGER NOT NULL REFERENCES accounts,
  started_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  ended_at INTEGER,
  ending TEXT,
  records INTEGER NOT NULL DEFAULT 0,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  seed TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_account ON runs (account_no);
CREATE TABLE markets (
  market_no INTEGER PRIMARY KEY,
  condition_id TEXT NOT NULL UNIQUE,
  run_no INTEGER NOT NULL REFERENCES runs,
  slug TEXT NOT NULL,
  question TEXT NOT NULL,
  event TEXT NOT NULL,
  tick INTEGER NOT NULL,
  min_order_size INTEGER NOT NULL,
  neg_risk INTEGER NOT NULL,
  version INTEGER NOT NULL,
  fee_rate_bps INTEGER NOT NULL,
  fee_exponent INTEGER NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  end_precision TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  token_no INTEGER PRIMARY KEY,
  token_id TEXT NOT NULL UNIQUE,
  market_no INTEGER REFERENCES markets,
  outcome_index INTEGER,
  outcome TEXT
) STRICT;
CREATE INDEX tokens_by_market ON tokens (market_no);
)sql";

constexpr const char* kOrders = R"sql(
CREATE TABLE orders (
  order_no INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL UNIQUE,
  account_no INTEGER NOT NULL REFERENCES accounts,
  run_no INTEGER NOT NULL REFERENCES runs,
  token_no INTEGER NOT NULL REFERENCES tokens,
  intent_at INTEGER,
  side TEXT, type TEXT, crossing TEXT, purpose TEXT,
  price INTEGER, size INTEGER, maker_amount INTEGER, taker_amount INTEGER, salt INTEGER,
  signed_at INTEGER, expiration INTEGER, drop_after INTEGER,
  reference INTEGER, cycle INTEGER,
  step TEXT, state TEXT NOT NULL, terminal INTEGER NOT NULL,
  filled INTEGER NOT NULL DEFAULT 0, claimed INTEGER NOT NULL DEFAULT 0,
  ended_at_venue INTEGER NOT NULL DEFAULT 0, cancel_requested INTEGER NOT NULL DEFAULT 0,
  unexplained INTEGER NOT NULL DEFAULT 0,
  cancel_reason TEXT, reject TEXT,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_open ON orders (account_no, order_no) WHERE terminal = 0;
CREATE INDEX orders_done ON orders (updated_at) WHERE terminal = 1;
CREATE TABLE order_events (
  event_no INTEGER PRIMARY KEY,
  order_no INTEGER NOT NULL REFERENCES orders,
  at INTEGER NOT NULL,
  step TEXT NOT NULL, state TEXT NOT NULL,
  filled INTEGER NOT NULL, claimed INTEGER NOT NULL,
  ended_at_venue INTEGER NOT NULL, cancel_requested INTEGER NOT NULL, unexplained INTEGER NOT NULL,
  cancel_reason TEXT, reject TEXT
) STRICT;
CREATE INDEX order_events_by_order ON order_events (order_no);
)sql";

constexpr const char* kLedger = R"sql(
CREATE TABLE token_ledgers (
  account_no INTEGER NOT NULL REFERENCES accounts,
  token_no INTEGER NOT NULL REFERENCES tokens,
  position_no INTEGER,
  closed_to INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_no, token_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE bookings (
  booking_no INTEGER PRIMARY KEY,
  account_no INTEGER NOT NULL REFERENCES accounts,
  run_no INTEGER NOT NULL REFERENCES runs,
  token_no INTEGER REFERENCES tokens,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  fill_no INTEGER REFERENCES fills,
  status TEXT,
  size INTEGER, dollars INTEGER, fee INTEGER, payout INTEGER, cost_known INTEGER
) STRICT;
CREATE INDEX bookings_by_token ON bookings (account_no, token_no, booking_no);
CREATE INDEX bookings_by_fill ON bookings (fill_no) WHERE fill_no IS NOT NULL;
CREATE TABLE fills (
  fill_no INTEGER PRIMARY KEY,
  account_no INTEGER NOT NULL REFERENCES accounts,
  order_id TEXT NOT NULL,
  trade_id TEXT NOT NULL,
  token_no INTEGER NOT NULL REFERENCES tokens,
  side TEXT NOT NULL, price INTEGER NOT NULL, size INTEGER NOT NULL,
  dollars INTEGER NOT NULL, fee INTEGER NOT NULL, maker INTEGER NOT NULL,
  status TEXT NOT NULL,
  matched_at INTEGER NOT NULL, booked_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  first_booking INTEGER NOT NULL, last_booking INTEGER NOT NULL,
  UNIQUE (order_id, trade_id)
) STRICT;
CREATE INDEX fills_by_time ON fills (account_no, matched_at);
CREATE TABLE positions (
  booking_no INTEGER PRIMARY KEY,
  account_no INTEGER NOT NULL REFERENCES accounts,
  token_no INTEGER NOT NULL REFERENCES tokens,
  at INTEGER NOT NULL,
  size INTEGER NOT NULL, cost INTEGER NOT NULL, cost_known INTEGER NOT NULL,
  realized INTEGER NOT NULL, fees INTEGER NOT NULL, cash_flow INTEGER NOT NULL, adopted INTEGER NOT NULL,
  buy_fills INTEGER NOT NULL, sell_fills INTEGER NOT NULL, round_trips INTEGER NOT NULL, trip_open INTEGER NOT NULL
) STRICT;
CREATE TABLE closed_tokens (
  account_no INTEGER PRIMARY KEY REFERENCES accounts,
  tokens INTEGER NOT NULL,
  realized INTEGER NOT NULL, fees INTEGER NOT NULL, cash_flow INTEGER NOT NULL, adopted INTEGER NOT NULL,
  buy_fills INTEGER NOT NULL, sell_fills INTEGER NOT NULL, round_trips INTEGER NOT NULL
) STRICT;
CREATE TABLE sums (
  account_no INTEGER NOT NULL REFERENCES accounts,
  period TEXT NOT NULL,
  token_no INTEGER NOT NULL,
  kind TEXT NOT NULL,
  count INTEGER NOT NULL, size INTEGER NOT NULL, dollars INTEGER NOT NULL, fee INTEGER NOT NULL,
  PRIMARY KEY (account_no, period, token_no, kind)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kEvents = R"sql(
CREATE TABLE token_states (
  account_no INTEGER NOT NULL REFERENCES accounts,
  token_no INTEGER NOT NULL REFERENCES tokens,
  at INTEGER NOT NULL,
  blocks INTEGER NOT NULL, phase TEXT NOT NULL, round_trips INTEGER NOT NULL, floor INTEGER NOT NULL,
  PRIMARY KEY (account_no, token_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE token_history (
  entry_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, token_no INTEGER NOT NULL, at INTEGER NOT NULL,
  blocks INTEGER NOT NULL, phase TEXT NOT NULL, round_trips INTEGER NOT NULL, floor INTEGER NOT NULL
) STRICT;
CREATE TABLE signals (
  signal_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, token_no INTEGER NOT NULL, at INTEGER NOT NULL,
  bid INTEGER NOT NULL, ask INTEGER NOT NULL, refusal TEXT NOT NULL
) STRICT;
CREATE TABLE refusals (
  refusal_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, token_no INTEGER, at INTEGER NOT NULL,
  side TEXT NOT NULL, price INTEGER NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE TABLE differences (
  difference_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, token_no INTEGER, order_id TEXT,
  ours INTEGER NOT NULL, theirs INTEGER NOT NULL, verdict TEXT NOT NULL, action TEXT NOT NULL
) STRICT;
CREATE TABLE operator_actions (
  action_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, at INTEGER NOT NULL, action TEXT NOT NULL, token_no INTEGER
) STRICT;
CREATE TABLE incidents (
  incident_no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, token_no INTEGER, connection INTEGER, value INTEGER NOT NULL
) STRICT;
)sql";

constexpr const char* kOrderViews = R"sql(
CREATE VIEW v_orders AS
SELECT o.order_id, strftime('%Y-%m-%dT%H:%M:%f', o.intent_at / 1e9, 'unixepoch') AS intended,
  m.slug AS market, t.outcome, o.side, o.type, o.purpose, o.price / 1e4 AS price, o.size / 1e6 AS size, o.state, o.step,
  o.filled / 1e6 AS filled, o.cancel_reason, o.reject,
  strftime('%Y-%m-%dT%H:%M:%f', o.updated_at / 1e9, 'unixepoch') AS updated, a.venue, a.wallet, o.run_no, t.token_id,
  m.condition_id, o.terminal
FROM orders o JOIN accounts a USING (account_no) JOIN tokens t USING (token_no) LEFT JOIN markets m USING (market_no);
CREATE VIEW v_order_events AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', e.at / 1e9, 'unixepoch') AS time, o.order_id, e.step, e.state, e.filled / 1e6 AS filled,
  e.claimed / 1e6 AS claimed, e.ended_at_venue, e.cancel_requested, e.unexplained, e.cancel_reason, e.reject, t.token_id, o.run_no
FROM order_events e JOIN orders o USING (order_no) JOIN tokens t USING (token_no);
CREATE VIEW v_fills AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', f.matched_at / 1e9, 'unixepoch') AS matched, m.slug AS market, t.outcome, f.side,
  f.price / 1e4 AS price, f.size / 1e6 AS size, f.dollars / 1e6 AS dollars, f.fee / 1e6 AS fee, f.status,
  CASE f.maker WHEN 1 THEN 'MAKER' ELSE 'TAKER' END AS role, f.trade_id, f.order_id, t.token_id, m.condition_id, a.venue, a.wallet
FROM fills f JOIN accounts a USING (account_no) JOIN tokens t USING (token_no) LEFT JOIN markets m USING (market_no);
CREATE VIEW v_fill_history AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', b.at / 1e9, 'unixepoch') AS time, f.trade_id, f.order_id, b.status, t.token_id
FROM bookings b JOIN fills f USING (fill_no) JOIN tokens t ON t.token_no = f.token_no;
)sql";

constexpr const char* kOtherViews = R"sql(
CREATE VIEW v_bookings AS
SELECT b.booking_no, strftime('%Y-%m-%dT%H:%M:%f', b.at / 1e9, 'unixepoch') AS time, b.kind, b.status, b.size / 1e6 AS size,
  b.dollars / 1e6 AS dollars, b.fee / 1e6 AS fee, b.payout / 1e4 AS payout, t.token_id, a.venue, a.wallet, b.run_no
FROM bookings b JOIN accounts a USING (account_no) LEFT JOIN tokens t USING (token_no);
CREATE VIEW v_positions AS
SELECT m.slug AS market, t.outcome, p.size / 1e6 AS size, p.cost / 1e6 AS cost, p.cost_known, p.realized / 1e6 AS realized,
  p.fees / 1e6 AS fees, p.round_trips, strftime('%Y-%m-%dT%H:%M:%f', p.at / 1e9, 'unixepoch') AS folded, t.token_id,
  a.venue, a.wallet
FROM token_ledgers l JOIN positions p ON p.booking_no = l.position_no JOIN accounts a ON a.account_no = l.account_no
  JOIN tokens t ON t.token_no = l.token_no LEFT JOIN markets m USING (market_no);
CREATE VIEW v_days AS
SELECT account_no, day, kind, SUM(count) AS count, SUM(size) / 1e6 AS size, SUM(dollars) / 1e6 AS dollars, SUM(fee) / 1e6 AS fee
FROM (
  SELECT account_no, strftime('%Y-%m-%d', matched_at / 1000000000, 'unixepoch') AS day,
    CASE status WHEN 'FAILED' THEN 'FAILED' ELSE side END AS kind, 1 AS count, size, dollars, fee
  FROM fills
  UNION ALL
  SELECT account_no, strftime('%Y-%m-%d', at / 1000000000, 'unixepoch'), kind, 1, IFNULL(size, 0), IFNULL(dollars, 0), 0
  FROM bookings WHERE kind NOT IN ('FILL', 'POSITION')
  UNION ALL
  SELECT account_no, period, kind, count, size, dollars, fee FROM sums
) GROUP BY account_no, day, kind;
CREATE VIEW v_signals AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', s.at / 1e9, 'unixepoch') AS time, m.slug AS market, t.outcome, s.bid / 1e4 AS bid,
  s.ask / 1e4 AS ask, s.refusal, t.token_id, s.run_no
FROM signals s JOIN tokens t USING (token_no) LEFT JOIN markets m USING (market_no);
CREATE VIEW v_refusals AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', r.at / 1e9, 'unixepoch') AS time, r.reason, r.side, r.price / 1e4 AS price,
  r.size / 1e6 AS size, m.slug AS market, t.outcome, t.token_id, r.run_no
FROM refusals r LEFT JOIN tokens t USING (token_no) LEFT JOIN markets m USING (market_no);
CREATE VIEW v_differences AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', d.at / 1e9, 'unixepoch') AS time, d.kind, d.ours / 1e6 AS ours, d.theirs / 1e6 AS theirs,
  d.verdict, d.action, d.order_id, t.token_id, d.run_no
FROM differences d LEFT JOIN tokens t USING (token_no);
CREATE VIEW v_incidents AS
SELECT strftime('%Y-%m-%dT%H:%M:%f', i.at / 1e9, 'unixepoch') AS time, i.kind, i.value, i.connection, t.token_id, i.run_no
FROM incidents i LEFT JOIN tokens t USING (token_no);
CREATE VIEW v_runs AS
SELECT r.run_no, strftime('%Y-%m-%dT%H:%M:%f', r.started_at / 1e9, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%f', r.last_at / 1e9, 'unixepoch') AS last_record, IFNULL(r.ending, 'CUT OFF OR RUNNING') AS ending,
  r.records, a.venue, a.wallet, r.version, r.pid
FROM runs r JOIN accounts a USING (account_no);
)sql";

/// Version 1 as one script.
const char* version_1() {
  static const std::string script =
      fmt::format("{}{}{}{}{}{}", kTables, kOrders, kLedger, kEvents, kOrderViews, kOtherViews);
  return script.c_str();
}

}  // namespace

std::span<const char* const> journal_migrations() {
  static const std::array<const char*, 1> steps{version_1()};
  return steps;
}

Expected<void> migrate(SQLite::Database& db, std::span<const char* const> steps) {
  const int found = db.execAndGet("PRAGMA user_version").getInt();
  if (found < 0 || static_cast<std::size_t>(found) > steps.size()) {
    return fail("journal.newer",
                fmt::format("the journal has schema version {}, and this ebb knows {}", found, steps.size()),
                "it was written by a newer ebb: use that one, or another --data-dir");
  }
  for (auto version = static_cast<std::size_t>(found); version < steps.size(); ++version) {
    SQLite::Transaction transaction(db);
    db.exec(steps[version]);
    db.exec(fmt::format("PRAGMA user_version = {}", version + 1));
    transaction.commit();
  }
  return {};
}

}  // namespace ebb::store
