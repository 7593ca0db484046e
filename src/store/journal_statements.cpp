// The statements that write the journal.
#include "store/journal_db_state.hpp"

namespace ebb::store {
namespace {

constexpr const char* kMarket =
    "INSERT INTO markets (condition_id, run_no, slug, question, event, tick, min_order_size, neg_risk, version, "
    "fee_rate_bps, fee_exponent, starts_at, ends_at, end_precision, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (condition_id) DO UPDATE SET run_no = excluded.run_no, slug = excluded.slug, question = "
    "excluded.question, "
    "event = excluded.event, tick = excluded.tick, min_order_size = excluded.min_order_size, neg_risk = "
    "excluded.neg_risk, "
    "version = excluded.version, fee_rate_bps = excluded.fee_rate_bps, fee_exponent = excluded.fee_exponent, "
    "starts_at = excluded.starts_at, ends_at = excluded.ends_at, end_precision = excluded.end_precision, "
    "updated_at = excluded.updated_at";

// An intent that comes after a step of its order (out of the intent log) completes the row and leaves the step alone.
constexpr const char* kIntent =
    "INSERT INTO orders (order_id, account_no, run_no, token_no, intent_at, side, type, crossing, purpose, price, "
    "size, "
    "maker_amount, taker_amount, salt, signed_at, expiration, drop_after, reference, cycle, state, terminal, "
    "updated_at) "
    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,'INTENT',0,?5) "
    "ON CONFLICT (order_id) DO UPDATE SET intent_at = ?5, side = ?6, type = ?7, crossing = ?8, purpose = ?9, "
    "price = ?10, size = ?11, maker_amount = ?12, taker_amount = ?13, salt = ?14, signed_at = ?15, expiration = ?16, "
    "drop_after = ?17, reference = ?18, cycle = ?19 WHERE intent_at IS NULL";

constexpr const char* kPosition =
    "INSERT INTO positions (booking_no, account_no, token_no, at, size, cost, cost_known, realized, fees, cash_flow, "
    "adopted, buy_fills, sell_fills, round_trips, trip_open) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

constexpr const char* kFill =
    "INSERT INTO fills (account_no, order_id, trade_id, token_no, side, price, size, dollars, fee, maker, status, "
    "matched_at, booked_at, updated_at, first_booking, last_booking) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?13,?13,0,0)";

}  // namespace

const char* sql_text(Sql id) {
  switch (id) {
    case Sql::begin: return "BEGIN IMMEDIATE";
    case Sql::commit: return "COMMIT";
    case Sql::rollback: return "ROLLBACK";
    case Sql::count_commit: return "UPDATE journal SET commits = ? WHERE one = 1";
    case Sql::touch_run: return "UPDATE runs SET last_at = MAX(last_at, ?), records = records + ? WHERE run_no = ?";
    case Sql::insert_account: return "INSERT INTO accounts (venue, wallet) VALUES (?, ?)";
    case Sql::find_account: return "SELECT account_no FROM accounts WHERE venue = ? AND wallet = ?";
    case Sql::insert_run:
      return "INSERT INTO runs (account_no, started_at, last_at, version, pid, seed) VALUES (?1, ?2, ?2, ?3, ?4, ?5)";
    case Sql::end_run:
      return "UPDATE runs SET ended_at = ?1, last_at = MAX(last_at, ?1), ending = ?2 WHERE run_no = ?3";
    case Sql::upsert_market: return kMarket;
    case Sql::find_market: return "SELECT market_no FROM markets WHERE condition_id = ?";
    case Sql::upsert_token:
      return "INSERT INTO tokens (token_id, market_no, outcome_index, outcome) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
             "(token_id) "
             "DO UPDATE SET market_no = ?2, outcome_index = ?3, outcome = ?4";
    case Sql::bare_token: return "INSERT INTO tokens (token_id) VALUES (?)";
    case Sql::find_token: return "SELECT token_no FROM tokens WHERE token_id = ?";
    case Sql::insert_intent: return kIntent;
    case Sql::insert_stub:
      return "INSERT INTO orders (order_id, account_no, run_no, token_no, state, terminal, updated_at) "
             "VALUES (?, ?, ?, ?, 'UNKNOWN', 0, ?)";
    case Sql::find_order: return "SELECT order_no FROM orders WHERE order_id = ?";
    case Sql::insert_event:
      return "INSERT INTO order_events (order_no, at, step, state, filled, claimed, ended_at_venue, cancel_requested, "
             "unexplained, cancel_reason, reject) VALUES (?,?,?,?,?,?,?,?,?,?,?)";
    case Sql::update_order:
      return "UPDATE orders SET updated_at = ?2, step = ?3, state = ?4, filled = ?5, claimed = ?6, ended_at_venue = "
             "?7, "
             "cancel_requested = ?8, unexplained = ?9, cancel_reason = ?10, reject = ?11, terminal = ?12 WHERE "
             "order_no = ?1";
    case Sql::insert_fill: return kFill;
    case Sql::find_fill: return "SELECT fill_no FROM fills WHERE order_id = ? AND trade_id = ?";
    case Sql::update_fill:
      return "UPDATE fills SET status = ?2, updated_at = ?3, last_booking = ?4, first_booking = CASE first_booking "
             "WHEN 0 THEN ?4 "
             "ELSE first_booking END WHERE fill_no = ?1";
    case Sql::insert_booking:
      return "INSERT INTO bookings (account_no, run_no, token_no, at, kind, fill_no, status, size, dollars, fee, "
             "payout, "
             "cost_known) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    case Sql::insert_token_ledger: return "INSERT OR IGNORE INTO token_ledgers (account_no, token_no) VALUES (?, ?)";
    case Sql::set_position: return "UPDATE token_ledgers SET position_no = ? WHERE account_no = ? AND token_no = ?";
    case Sql::insert_position: return kPosition;
    case Sql::upsert_token_state:
      return "INSERT INTO token_states (account_no, token_no, at, blocks, phase, round_trips, floor) VALUES "
             "(?,?,?,?,?,?,?) "
             "ON CONFLICT (account_no, token_no) DO UPDATE SET at = excluded.at, blocks = excluded.blocks, "
             "phase = excluded.phase, round_trips = excluded.round_trips, floor = excluded.floor";
    case Sql::insert_token_history:
      return "INSERT INTO token_history (run_no, token_no, at, blocks, phase, round_trips, floor) VALUES "
             "(?,?,?,?,?,?,?)";
    case Sql::insert_signal:
      return "INSERT INTO signals (run_no, token_no, at, bid, ask, refusal) VALUES (?,?,?,?,?,?)";
    case Sql::insert_refusal:
      return "INSERT INTO refusals (run_no, token_no, at, side, price, size, reason) VALUES (?,?,?,?,?,?,?)";
    case Sql::insert_difference:
      return "INSERT INTO differences (run_no, at, kind, token_no, order_id, ours, theirs, verdict, action) "
             "VALUES (?,?,?,?,?,?,?,?,?)";
    case Sql::insert_operator: return "INSERT INTO operator_actions (run_no, at, action, token_no) VALUES (?,?,?,?)";
    case Sql::insert_incident:
      return "INSERT INTO incidents (run_no, at, kind, token_no, connection, value) VALUES (?,?,?,?,?,?)";
    case Sql::set_watermark: return "UPDATE accounts SET trades_complete_until = ? WHERE account_no = ?";
    case Sql::insert_note: return "INSERT INTO notes (at, text) VALUES (?, ?)";
    case Sql::count_: break;
  }
  return "";
}

}  // namespace ebb::store
