// Retention: what is old is removed in slices, and money is summed before it is. Runs inside a group; may throw.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/journal_db_state.hpp"

namespace ebb::store {
namespace {

/// One slice of everything that retention removes.
class Pruner {
 public:
  Pruner(JournalDb::State& state, Timestamp now, std::int64_t max_rows) : s_(state), now_(now), max_rows_(max_rows) {}

  PruneResult run() {
    prune_events();
    prune_orders();
    prune_bookings();
    if (result_.more) return result_;
    fold_sums();  // these go over whole tables, if small ones: once a round
    prune_ledgers();
    prune_markets();
    return result_;
  }

 private:
  struct Booking {
    std::int64_t number;
    std::int64_t account;
    std::int64_t token;
    Timestamp at;
    std::string kind;
    std::int64_t fill;
    std::int64_t unfolded;  ///< first booking of the token that is not folded
  };

  SQLite::Statement query(const char* sql) { return {s_.db, sql}; }
  [[nodiscard]] Timestamp days_ago(int days) const { return now_ - hours(24) * days; }
  void count(int removed, bool full) {
    result_.removed += static_cast<std::uint64_t>(removed);
    result_.more = result_.more || full;
  }

  void prune_events();
  void prune_orders();
  void prune_bookings();
  void prune_booking(const Booking& booking);
  void prune_fill(const Booking& booking);
  void remove_bookings(const char* column, std::int64_t value);
  void fold_sums();
  void prune_ledgers();
  void prune_markets();

  JournalDb::State& s_;
  Timestamp now_;
  std::int64_t max_rows_;
  PruneResult result_;
};

/// Rows stand in the order of their time, give or take a clock that was set: the first ones are the oldest.
void Pruner::prune_events() {
  // What the operator said about all tokens holds until it is taken back, however long ago it was said.
  static constexpr std::array<std::array<const char*, 3>, 6> kTables{
      {{"signals", "signal_no", "TRUE"},
       {"refusals", "refusal_no", "TRUE"},
       {"differences", "difference_no", "TRUE"},
       {"operator_actions", "action_no", "token_no IS NOT NULL OR action NOT IN ('PAUSE', 'RESUME', 'KILL')"},
       {"incidents", "incident_no", "TRUE"},
       {"token_history", "entry_no", "TRUE"}}};
  for (const auto& [table, key, condition] : kTables) {
    SQLite::Statement remove(
        s_.db,
        fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE {2} ORDER BY {1} LIMIT ?1) AND at < ?2",
                    table, key, condition));
    const int removed = store::run(remove, max_rows_, days_ago(s_.retention.event_days));
    count(removed, removed == max_rows_);
  }
}

void Pruner::prune_orders() {
  SQLite::Statement find =
      query("SELECT order_no FROM orders WHERE terminal = 1 AND updated_at < ? ORDER BY updated_at LIMIT ?");
  bind_all(find, days_ago(s_.retention.event_days), max_rows_);
  std::vector<std::int64_t> old;
  while (find.executeStep()) old.push_back(Row(find).integer());
  SQLite::Statement events = query("DELETE FROM order_events WHERE order_no = ?");
  SQLite::Statement orders = query("DELETE FROM orders WHERE order_no = ?");
  for (const std::int64_t order : old) count(store::run(events, order) + store::run(orders, order), false);
  count(0, static_cast<std::int64_t>(old.size()) == max_rows_);
}

// --- Bookings and fills -------------------------------------------------------------------------------------------------

/// Goes over the bookings from the oldest on, a window at a time: not every old one may go.
void Pruner::prune_bookings() {
  SQLite::Statement window = query(
      "SELECT b.booking_no, b.account_no, IFNULL(b.token_no, 0), b.at, b.kind, IFNULL(b.fill_no, 0), "
      "MAX(IFNULL(l.closed_to, 0) + 1, IFNULL(l.position_no, 0)) "
      "FROM bookings b LEFT JOIN token_ledgers l ON l.account_no = b.account_no AND l.token_no = b.token_no "
      "WHERE b.booking_no > ? ORDER BY b.booking_no LIMIT ?");
  bind_all(window, s_.prune_cursor, max_rows_);
  std::vector<Booking> bookings;
  while (window.executeStep()) {
    Row row(window);
    Booking b{};
    b.number = row.integer();
    b.account = row.integer();
    b.token = row.integer();
    b.at = row.time();
    b.kind = row.text();
    b.fill = row.integer();
    b.unfolded = row.integer();
    bookings.push_back(std::move(b));
  }
  const Timestamp oldest = days_ago(s_.retention.fill_days);
  bool young = false;
  for (const Booking& booking : bookings) {
    young = young || booking.at >= oldest;
    if (booking.at < oldest && booking.token != 0 && booking.number < booking.unfolded) prune_booking(booking);
  }
  const bool ended = young || static_cast<std::int64_t>(bookings.size()) < max_rows_;
  s_.prune_cursor = ended ? 0 : bookings.back().number;
  count(0, !ended);
}

constexpr const char* kAddToSums =
    "INSERT INTO sums (account_no, period, token_no, kind, count, size, dollars, fee) "
    "SELECT {} ON CONFLICT (account_no, period, token_no, kind) DO UPDATE SET count = count + excluded.count, "
    "size = size + excluded.size, dollars = dollars + excluded.dollars, fee = fee + excluded.fee";

void Pruner::prune_booking(const Booking& booking) {
  if (booking.kind == "FILL") {
    prune_fill(booking);
    return;
  }
  if (booking.kind == "POSITION") {
    SQLite::Statement position = query("DELETE FROM positions WHERE booking_no = ?");
    store::run(position, booking.number);
  } else {
    SQLite::Statement sum(
        s_.db, fmt::format(kAddToSums,
                           "account_no, strftime('%Y-%m-%d', at / 1000000000, 'unixepoch'), token_no, kind, 1, "
                           "IFNULL(size, 0), IFNULL(dollars, 0), 0 FROM bookings WHERE booking_no = ?"));
    store::run(sum, booking.number);
  }
  remove_bookings("booking_no", booking.number);
}

/// A fill goes with all its bookings, when no sweep can show it again and no order that lives needs it.
void Pruner::prune_fill(const Booking& booking) {
  SQLite::Statement may_go = query(
      "SELECT 1 FROM fills f JOIN accounts a USING (account_no) WHERE f.fill_no = ?1 AND f.last_booking < ?2 "
      "AND f.matched_at < ?3 AND f.matched_at < a.trades_complete_until - ?4 "
      "AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = f.order_id AND o.terminal = 0)");
  bind_all(may_go, booking.fill, booking.unfolded, days_ago(s_.retention.fill_days), s_.retention.recent_fills);
  if (!may_go.executeStep()) return;  // also where no sweep was ever complete
  SQLite::Statement sum(
      s_.db,
      fmt::format(kAddToSums,
                  "account_no, strftime('%Y-%m-%d', matched_at / 1000000000, 'unixepoch'), token_no, CASE status "
                  "WHEN 'FAILED' THEN 'FAILED' ELSE side END, 1, size, dollars, fee FROM fills WHERE fill_no = ?"));
  store::run(sum, booking.fill);
  remove_bookings("fill_no", booking.fill);
  SQLite::Statement fill = query("DELETE FROM fills WHERE fill_no = ?");
  count(store::run(fill, booking.fill), false);
}

void Pruner::remove_bookings(const char* column, std::int64_t value) {
  SQLite::Statement remove(s_.db, fmt::format("DELETE FROM bookings WHERE {} = ?", column));
  count(store::run(remove, value), false);
}

/// Sums by day and token become sums by year.
void Pruner::fold_sums() {
  const std::string day =
      fmt::format("strftime('%Y-%m-%d', {}, 'unixepoch')", days_ago(s_.retention.sum_days).ns() / 1'000'000'000);
  SQLite::Statement fold(s_.db,
                         fmt::format(kAddToSums,
                                     "account_no, substr(period, 1, 4), 0, kind, SUM(count), SUM(size), SUM(dollars), "
                                     "SUM(fee) FROM sums WHERE length(period) = 10 AND period < " +
                                         day + " GROUP BY account_no, substr(period, 1, 4), kind HAVING true"));
  store::run(fold);
  SQLite::Statement remove(s_.db, "DELETE FROM sums WHERE length(period) = 10 AND period < " + day);
  count(store::run(remove), false);
}

// --- Tokens and markets that nothing names any more ---------------------------------------------------------------------

void Pruner::prune_ledgers() {
  SQLite::Statement remove = query(
      "DELETE FROM token_ledgers WHERE position_no IS NULL AND closed_to > 0 AND NOT EXISTS (SELECT 1 FROM bookings b "
      "WHERE b.account_no = token_ledgers.account_no AND b.token_no = token_ledgers.token_no)");
  const int removed = store::run(remove);
  if (removed > 0) s_.ledgers.clear();
  count(removed, false);
}

/// Everything that names a token by then is older than what is kept: only ledgers, states and open orders may still do.
void Pruner::prune_markets() {
  const Retention& keep = s_.retention;
  const int days = std::max({keep.event_days, keep.fill_days, keep.sum_days});
  SQLite::Statement find = query(
      "SELECT m.market_no FROM markets m JOIN runs r USING (run_no) WHERE r.last_at < ?1 AND m.run_no <> ?2 "
      "AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.market_no = m.market_no AND ("
      "  t.token_no IN (SELECT token_no FROM token_ledgers) OR t.token_no IN (SELECT token_no FROM token_states) "
      "  OR t.token_no IN (SELECT token_no FROM orders WHERE terminal = 0))) LIMIT ?3");
  bind_all(find, days_ago(days), s_.run_no, max_rows_);
  std::vector<std::int64_t> old;
  while (find.executeStep()) old.push_back(Row(find).integer());
  SQLite::Statement tokens = query("DELETE FROM tokens WHERE market_no = ?");
  SQLite::Statement markets = query("DELETE FROM markets WHERE market_no = ?");
  for (const std::int64_t market : old) count(store::run(tokens, market) + store::run(markets, market), false);
}

}  // namespace

PruneResult JournalDb::State::prune(Timestamp now, std::int64_t max_rows) { return Pruner(*this, now, max_rows).run(); }

}  // namespace ebb::store
