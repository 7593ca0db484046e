#include "store/journal_db.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "store/journal_db_state.hpp"
#include "store/journal_schema.hpp"

namespace ebb::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDamagedHint =
    "keep a copy; `sqlite3 journal.db .recover` saves what can be read. To go on without it: start with "
    "--accept-lost-journal, which sets it aside and asks the venue for orders and positions";

/// A fresh schema in an empty database.
void create_schema(SQLite::Database& db, std::uint64_t journal_id) {
  db.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  if (auto done = migrate(db, journal_migrations()); !done) throw Refused{done.error()};
  db.exec(fmt::format("INSERT INTO journal (one, journal_id, commits) VALUES (1, '{:016x}', 0)", journal_id));
}

void sync_path(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)::fsync(file);
  (void)::close(file);
}

/// Errors of a file that is no journal, or not a whole one.
Expected<void> check_file(SQLite::Database& db, const std::string& path) {
  if (db.execAndGet("PRAGMA application_id").getInt() != kApplicationId) {
    return fail("journal.damaged", fmt::format("{} is not a journal of ebb, or nothing is left of it", path),
                kDamagedHint);
  }
  if (db.execAndGet("PRAGMA user_version").getInt() > static_cast<int>(journal_migrations().size()))
    return {};  // newer
  const std::string verdict = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict != "ok") return fail("journal.damaged", fmt::format("{} is damaged: {}", path, verdict), kDamagedHint);
  return {};
}

void configure(SQLite::Database& db, const JournalDbOptions& options) {
  db.setBusyTimeout(static_cast<int>(options.busy_timeout.raw() / 1'000'000));
  db.exec("PRAGMA journal_mode = WAL");
  db.exec(options.durability == Durability::power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA wal_autocheckpoint = 1000");  // pages: about 4 MB
  db.exec("PRAGMA journal_size_limit = 16777216");
  db.exec("PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA cache_size = -16384");  // KB: order ids are uniform, so their index is touched all over
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return result;
}

}  // namespace

std::string_view to_text(Durability durability) { return durability == Durability::power ? "power" : "process"; }

MarketRegistration make_registration(const model::MarketTable& markets, model::MarketIndex market, Timestamp time) {
  return {time, markets.market(market), {markets.token_of(market, 0), markets.token_of(market, 1)}};
}

JournalDb::JournalDb(std::unique_ptr<State> state) : state_(std::move(state)) {}
JournalDb::~JournalDb() {
  if (state_) rollback();
}
JournalDb::JournalDb(JournalDb&&) noexcept = default;
JournalDb& JournalDb::operator=(JournalDb&&) noexcept = default;

// --- Opening ------------------------------------------------------------------------------------------------------------

Expected<void> JournalDb::create(const std::string& path, std::uint64_t journal_id) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return fail("journal.exists", path + " exists already");
  // Under another name until it is complete: a journal.db without its schema is damage, not a beginning.
  const std::string unfinished = path + ".new";
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(unfinished + suffix, ignored);
  TRY_VOID(guarded([&] {
    SQLite::Database db(unfinished, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("PRAGMA page_size = 4096");
    db.exec("PRAGMA auto_vacuum = INCREMENTAL");
    db.exec("PRAGMA synchronous = OFF");  // synced as a whole below
    db.exec("PRAGMA journal_mode = MEMORY");
    EBB_CRASH_POINT("journal.create_schema");
    create_schema(db, journal_id);
  }));
  fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write, ignored);
  sync_path(unfinished);
  EBB_CRASH_POINT("journal.create_rename");
  std::error_code error;
  fs::rename(unfinished, path, error);
  if (error) return fail("journal.io", fmt::format("{} cannot be created: {}", path, error.message()));
  sync_path(fs::path(path).parent_path());
  return {};
}

namespace {

void read_identity(JournalDb::State& s) {
  SQLite::Statement query(s.db, "SELECT journal_id, commits FROM journal WHERE one = 1");
  if (!query.executeStep()) throw DamagedRow{"table journal is empty"};
  Row row(query);
  const std::string id = row.text();
  const auto parsed = std::from_chars(id.data(), id.data() + id.size(), s.journal_id, 16);
  if (parsed.ec != std::errc() || parsed.ptr != id.data() + id.size())
    throw DamagedRow{fmt::format("journal_id is \"{}\"", id)};
  s.commits = static_cast<std::uint64_t>(row.integer());
}

}  // namespace

Expected<JournalDb> JournalDb::open(const JournalDbOptions& options) {
  std::error_code ignored;
  if (!fs::exists(options.path, ignored)) return fail("journal.missing", options.path + " does not exist");
  auto state = guarded([&]() -> std::unique_ptr<State> {
    auto s = std::make_unique<State>(SQLite::Database(options.path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX));
    s->db.setBusyTimeout(2000);  // another program may be reading the last commits into the file
    if (auto sound = check_file(s->db, options.path); !sound) throw Refused{sound.error()};
    configure(s->db, options);
    if (auto done = migrate(s->db, journal_migrations()); !done) throw Refused{done.error()};
    s->retention = options.retention;
    s->path = options.path;
    read_identity(*s);
    return s;
  });
  if (!state) return std::unexpected(std::move(state).error());
  return JournalDb(std::move(*state));
}

namespace {

SQLite::Database empty_memory() {
  return {":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX};
}

/// A copy of one schema that is kept for it: copying its pages takes a fraction of the time that its statements take, and a
/// simulation opens a journal for each seed.
void copy_schema(SQLite::Database& into) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  static SQLite::Database schema = [] {
    SQLite::Database fresh = empty_memory();
    fresh.exec("PRAGMA auto_vacuum = INCREMENTAL");
    create_schema(fresh, 0);
    return fresh;
  }();
  SQLite::Backup(into, schema).executeStep(-1);
}

}  // namespace

Expected<JournalDb> JournalDb::in_memory(const Retention& retention) {
  auto state = guarded([&]() -> std::unique_ptr<State> {
    auto s = std::make_unique<State>(empty_memory());
    copy_schema(s->db);
    s->retention = retention;
    return s;
  });
  if (!state) return std::unexpected(std::move(state).error());
  return JournalDb(std::move(*state));
}

// --- Groups -------------------------------------------------------------------------------------------------------------

void JournalDb::State::forget_group() {
  for (auto change = group_tokens.rbegin(); change != group_tokens.rend(); ++change)
    tokens[change->first] = change->second;
  group_tokens.clear();
  orders.clear();  // rows of this group are gone, and their numbers will be given again
  ledgers.clear();
  in_group = false;
}

Expected<void> JournalDb::begin() {
  State& s = *state_;
  CHECK(!s.in_group);
  EBB_CRASH_POINT("journal.before_begin");
  TRY_VOID(guarded([&] { run(s(Sql::begin)); }));
  s.in_group = true;
  s.group_records = 0;
  s.group_time = Timestamp();
  s.group_tokens.clear();
  return {};
}

Expected<void> JournalDb::add(const model::Record& record) {
  State& s = *state_;
  CHECK(s.in_group && s.run_no != 0);
  EBB_CRASH_POINT("journal.before_record");
  auto done = guarded([&] { s.write(record); });
  if (!done) {
    rollback();
    return done;
  }
  ++s.group_records;
  s.group_time = std::max(s.group_time, record.time);
  return {};
}

Expected<void> JournalDb::add(const StoredIntent& intent) {
  State& s = *state_;
  CHECK(s.in_group);
  auto done = guarded([&] {
    const std::int64_t token = s.token_by_text(intent.token_id);
    if (s.run_no != 0) {
      s.write_intent(intent.intent.order.time, intent.intent, token, s.account, s.run_no);
      return;
    }
    SQLite::Statement last(s.db, "SELECT run_no, account_no FROM runs ORDER BY run_no DESC LIMIT 1");
    if (!last.executeStep()) throw DamagedRow{"intents.log holds intents, but there was no run"};
    Row row(last);
    const std::int64_t run_number = row.integer();
    s.write_intent(intent.intent.order.time, intent.intent, token, row.integer(), run_number);
  });
  if (!done) rollback();
  return done;
}

Expected<void> JournalDb::commit() {
  State& s = *state_;
  CHECK(s.in_group);
  auto done = guarded([&] {
    run(s(Sql::count_commit), s.commits + 1);
    if (s.group_records > 0) run(s(Sql::touch_run), s.group_time, s.group_records, s.run_no);
    EBB_CRASH_POINT("journal.before_commit");
    run(s(Sql::commit));
    EBB_CRASH_POINT("journal.after_commit");
  });
  if (!done) {
    rollback();
    return done;
  }
  ++s.commits;
  s.in_group = false;
  s.group_tokens.clear();
  return {};
}

void JournalDb::rollback() noexcept {
  State& s = *state_;
  if (!s.in_group) return;
  // A disk error may have ended the transaction already.
  if (sqlite3_get_autocommit(s.db.getHandle()) == 0) (void)s.db.tryExec("ROLLBACK");
  s.forget_group();
}

Expected<void> JournalDb::write(std::span<const model::Record> records) {
  TRY_VOID(begin());
  for (const model::Record& record : records) TRY_VOID(add(record));
  return commit();
}

Expected<void> JournalDb::import(IntentLog& intents) {
  const std::uint64_t count = intents.pending();
  if (count == 0) return {};
  TRY_VOID(begin());
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto intent = intents.peek(i);
    if (!intent) break;
    if (intent->sequence != 0) TRY_VOID(add(*intent));
  }
  TRY_VOID(commit());
  EBB_CRASH_POINT("journal.before_release");
  intents.release(count);
  return {};
}

// --- Runs and markets ---------------------------------------------------------------------------------------------------

std::int64_t JournalDb::State::account_no(const JournalAccount& wanted, bool create) {
  const std::string wallet = lower(wanted.wallet);
  SQLite::Statement& find = bind_all((*this)(Sql::find_account), wanted.venue, wallet);
  const std::int64_t known = find.executeStep() ? Row(find).integer() : 0;
  (void)find.tryReset();
  if (known != 0 || !create) return known;
  run((*this)(Sql::insert_account), wanted.venue, wallet);
  return db.getLastInsertRowid();
}

Expected<void> JournalDb::begin_run(const RunStart& start) {
  State& s = *state_;
  TRY_VOID(begin());
  s.run_no = 0;
  s.tokens.clear();
  s.orders.clear();
  s.ledgers.clear();
  std::int64_t account = 0;
  std::int64_t run_no = 0;
  auto done = guarded([&] {
    account = s.account_no(start.account, true);
    run(s(Sql::insert_run), account, start.time, start.version, start.pid, std::to_string(start.seed));
    run_no = s.db.getLastInsertRowid();
  });
  if (!done) {
    rollback();
    return done;
  }
  TRY_VOID(commit());
  s.account = account;
  s.run_no = run_no;
  return {};
}

Expected<void> JournalDb::end_run(Timestamp time, RunEnding ending) {
  State& s = *state_;
  CHECK(s.run_no != 0);
  TRY_VOID(begin());
  auto done =
      guarded([&] { run(s(Sql::end_run), time, ending == RunEnding::in_order ? "IN_ORDER" : "BY_ERROR", s.run_no); });
  if (!done) {
    rollback();
    return done;
  }
  TRY_VOID(commit());
  s.run_no = 0;
  return {};
}

Expected<void> JournalDb::add_market(const MarketRegistration& registration) {
  State& s = *state_;
  CHECK(s.run_no != 0);
  const bool own_group = !s.in_group;
  if (own_group) TRY_VOID(begin());
  auto done = guarded([&] { s.write_market(registration); });
  if (!done) {
    rollback();
    return done;
  }
  return own_group ? commit() : Expected<void>();
}

Expected<void> JournalDb::note(Timestamp time, std::string_view text) {
  return guarded([&] { run((*state_)(Sql::insert_note), time, text); });
}

// --- Upkeep -------------------------------------------------------------------------------------------------------------

Expected<PruneResult> JournalDb::prune(Timestamp now, std::uint64_t max_rows) {
  State& s = *state_;
  TRY_VOID(begin());
  auto result = guarded([&] { return s.prune(now, static_cast<std::int64_t>(max_rows)); });
  if (!result) {
    rollback();
    return result;
  }
  TRY_VOID(commit());
  TRY_VOID(guarded([&] {
    SQLite::Statement vacuum(s.db, "PRAGMA incremental_vacuum(256)");
    while (vacuum.executeStep()) {}
  }));
  return result;
}

Expected<void> JournalDb::checkpoint() {
  if (state_->path.empty()) return {};
  return guarded([&] {
    SQLite::Statement checkpoint(state_->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    (void)checkpoint.executeStep();  // a reader may hold it back: no error, the next one gets further
  });
}

std::uint64_t JournalDb::journal_id() const { return state_->journal_id; }
std::uint64_t JournalDb::commits() const { return state_->commits; }

std::uint64_t JournalDb::wal_bytes() const {
  if (state_->path.empty()) return 0;
  std::error_code error;
  const auto size = fs::file_size(state_->path + "-wal", error);
  return error ? 0 : static_cast<std::uint64_t>(size);
}

void JournalDb::limit_pages(std::uint32_t pages) {
  (void)guarded([&] {
    const std::uint32_t limit = pages == 0 ? 0xFFFFFFFEU : pages;
    (void)state_->db.execAndGet(fmt::format("PRAGMA max_page_count = {}", limit)).getInt64();
  });
}

std::uint32_t JournalDb::pages() {
  const auto count = guarded([&] { return state_->db.execAndGet("PRAGMA page_count").getInt64(); });
  return count ? static_cast<std::uint32_t>(*count) : 0;
}

}  // namespace ebb::store
