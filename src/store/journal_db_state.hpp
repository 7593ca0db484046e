// Inside of JournalDb: the connection, its prepared statements, and what the current run and group know. Private to
// journal_db*.cpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/flat_map.hpp"
#include "store/journal_db.hpp"
#include "store/journal_sql.hpp"

namespace ebb::store {

/// Statements that are prepared once, when they are first needed.
enum class Sql : std::uint8_t {
  begin,
  commit,
  rollback,
  count_commit,
  touch_run,
  insert_account,
  find_account,
  insert_run,
  end_run,
  upsert_market,
  find_market,
  upsert_token,
  bare_token,
  find_token,
  insert_intent,
  insert_stub,
  find_order,
  insert_event,
  update_order,
  insert_fill,
  find_fill,
  update_fill,
  insert_booking,
  insert_token_ledger,
  set_position,
  insert_position,
  upsert_token_state,
  insert_token_history,
  insert_signal,
  insert_refusal,
  insert_difference,
  insert_operator,
  insert_incident,
  set_watermark,
  insert_note,
  count_
};
[[nodiscard]] const char* sql_text(Sql id);

struct JournalDb::State {
  explicit State(SQLite::Database database) : db(std::move(database)) {}

  /// The statement, prepared. Throws SQLite::Exception.
  SQLite::Statement& operator()(Sql id) {
    auto& slot = statements[static_cast<std::size_t>(id)];
    if (!slot) slot.emplace(db, sql_text(id));
    return *slot;
  }

  // journal_write.cpp
  void write(const model::Record& record);
  void write_intent(Timestamp at, const model::IntentRecord& intent, std::int64_t token, std::int64_t account,
                    std::int64_t run_no);
  std::int64_t write_market(const MarketRegistration& registration);
  void write_token(std::int64_t market, int outcome, const model::TokenSpec& token, model::TokenIndex index);
  [[nodiscard]] std::int64_t token_no(model::TokenIndex token) const;
  [[nodiscard]] std::optional<std::int64_t> optional_token_no(model::TokenIndex token) const;
  std::int64_t token_by_text(const std::string& token_id);
  std::int64_t order_no(const model::OrderId& id, Timestamp at, model::TokenIndex token);
  std::int64_t account_no(const JournalAccount& wanted, bool create);  ///< 0 = unknown
  void know_ledger(std::int64_t token);

  // journal_prune.cpp
  PruneResult prune(Timestamp now, std::int64_t max_rows);

  /// What a rolled-back group must take back.
  void forget_group();

  SQLite::Database db;
  std::array<std::optional<SQLite::Statement>, static_cast<std::size_t>(Sql::count_)> statements;
  Retention retention;
  std::string path;  ///< empty in memory
  std::uint64_t journal_id = 0;
  std::uint64_t commits = 0;

  std::int64_t run_no = 0;  ///< 0 = no run
  std::int64_t account = 0;
  std::vector<std::int64_t> tokens;  ///< token_no by the run's token index; 0 = not registered

  bool in_group = false;
  std::uint64_t group_records = 0;
  Timestamp group_time;
  std::vector<std::pair<std::size_t, std::int64_t>> group_tokens;  ///< what `tokens` held before this group
  FlatMap<model::OrderId, std::int64_t, std::hash<model::OrderId>> orders;  ///< order_no of orders that live
  FlatSet<std::int64_t> ledgers;  ///< tokens of `account` that have a row in token_ledgers
  std::int64_t prune_cursor = 0;  ///< booking up to which this round of pruning has come
};

}  // namespace ebb::store
