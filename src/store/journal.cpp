#include "store/journal.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <ctime>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "base/crash_point.hpp"

namespace ebb::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAccept =
    "put it back if you have it. To go on without it: start with --accept-lost-journal, which asks the venue for "
    "orders and "
    "positions";

/// Opens both files step by step; what the operator should know gathers in `warnings`.
class Opener {
 public:
  explicit Opener(const JournalOptions& options)
      : options_(options), db_path_(options.directory / "journal.db"), log_path_(options.directory / "intents.log") {}

  Expected<JournalDb> open_db();
  Expected<IntentLog> open_log(JournalDb& db);
  Expected<void> check_tail(JournalDb& db, const IntentLog& log);
  std::vector<std::string> warnings;

 private:
  [[nodiscard]] IntentLogOptions log_options(std::uint64_t journal_id) const {
    return {log_path_,  options_.intent_capacity, options_.durability,
            journal_id, options_.boot_id,         options_.accept_loss};
  }
  [[nodiscard]] Expected<void> set_aside(const fs::path& path, std::initializer_list<const char*> suffixes);
  [[nodiscard]] Expected<void> create_db();
  [[nodiscard]] Expected<IntentLog> replace_log(JournalDb& db, const Error& error);

  const JournalOptions& options_;
  fs::path db_path_;
  fs::path log_path_;
};

std::string compact_time(Timestamp now) {
  const std::time_t seconds = now.ns() / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return {text, size};
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Expected<void> Opener::set_aside(const fs::path& path, std::initializer_list<const char*> suffixes) {
  const std::string aside = fmt::format("{}.damaged-{}", path.string(), compact_time(options_.now));
  for (const char* suffix : suffixes) {
    const std::string from = path.string() + suffix;
    if (!is_there(from)) continue;
    std::error_code error;
    fs::rename(from, aside + suffix, error);
    if (error) return fail("journal.io", fmt::format("{} cannot be set aside: {}", from, error.message()));
    warnings.push_back(fmt::format("{} was set aside as {}{}", from, aside, suffix));
  }
  return {};
}

Expected<void> Opener::create_db() {
  std::uint64_t id = 0;
  if (getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) return fail("journal.io", "no random number");
  return JournalDb::create(db_path_.string(), id);
}

Expected<JournalDb> Opener::open_db() {
  const std::string wal = db_path_.string() + "-wal";
  if (!is_there(db_path_) && (is_there(log_path_) || is_there(wal))) {
    const std::string message = fmt::format("{} is gone, but {} is there: a journal was kept here", db_path_.string(),
                                            is_there(log_path_) ? log_path_.string() : wal);
    if (!options_.accept_loss) return fail("journal.lost", message, kAccept);
    warnings.push_back(message);
    TRY_VOID(set_aside(db_path_, {"-wal", "-shm"}));
    TRY_VOID(set_aside(log_path_, {""}));
  }
  if (!is_there(db_path_)) TRY_VOID(create_db());
  EBB_CRASH_POINT("journal.created");
  const JournalDbOptions db_options{db_path_.string(), options_.durability, options_.retention};
  auto db = JournalDb::open(db_options);
  if (db || db.error().code != "journal.damaged" || !options_.accept_loss) return db;
  warnings.push_back(db.error().message);
  TRY_VOID(set_aside(db_path_, {"", "-wal", "-shm"}));
  TRY_VOID(set_aside(log_path_, {""}));
  TRY_VOID(create_db());
  return JournalDb::open(db_options);
}

/// The log cannot be used and the operator accepts it.
Expected<IntentLog> Opener::replace_log(JournalDb& db, const Error& error) {
  warnings.push_back(error.message);
  TRY_VOID(set_aside(log_path_, {""}));
  return IntentLog::create(log_options(db.journal_id()));
}

Expected<IntentLog> Opener::open_log(JournalDb& db) {
  const IntentLogOptions log_options = this->log_options(db.journal_id());
  if (!is_there(log_path_)) {
    if (db.commits() == 0) return IntentLog::create(log_options);  // the very first start, or one that was cut off
    const Error gone{"journal.lost",
                     fmt::format("{} is gone: orders may have left that are not known here", log_path_.string()),
                     kAccept};
    if (!options_.accept_loss) return std::unexpected(gone);
    return replace_log(db, gone);
  }
  auto log = IntentLog::open(log_options);
  if (!log) {
    const bool mendable = log.error().code == "intent_log.version" || log.error().code == "intent_log.foreign" ||
                          log.error().code == "intent_log.damaged";
    if (!mendable || !options_.accept_loss) return log;
    return replace_log(db, log.error());
  }
  if (log->report().cut_off) {
    warnings.push_back(
        fmt::format("the machine went down while ebb ran with journal.durability = \"process\": the newest records of "
                    "{} may be missing",
                    db_path_.string()));
  }
  if (const std::uint64_t lost = log->report().lost; lost > 0) {
    warnings.push_back(fmt::format("{}: {} intents cannot be read: orders may have left that are not known here",
                                   log_path_.string(), lost));
  }
  return log;
}

/// journal.db must reach as far as the log says that it did.
Expected<void> Opener::check_tail(JournalDb& db, const IntentLog& log) {
  if (db.commits() >= log.noted_commit()) return {};
  const std::string message =
      fmt::format("{} ends at commit {}, but {} commits had been made: its end is lost (was journal.db-wal removed?)",
                  db_path_.string(), db.commits(), log.noted_commit());
  if (!options_.accept_loss && !log.report().unsynced_reboot) return fail("journal.truncated", message, kAccept);
  warnings.push_back(message);
  return {};
}

}  // namespace

Expected<Journal> Journal::open(const JournalOptions& options) {
  Opener opener(options);
  TRY(db, opener.open_db());
  TRY(log, opener.open_log(db));
  TRY_VOID(opener.check_tail(db, log));
  TRY_VOID(db.import(log));
  for (const std::string& warning : opener.warnings) TRY_VOID(db.note(options.now, warning));
  log.note_commit(db.commits());
  Journal journal(std::move(db), std::move(log));
  journal.warnings_ = std::move(opener.warnings);
  return journal;
}

Expected<Journal> Journal::in_memory(const Retention& retention, std::uint32_t intent_capacity) {
  TRY(db, JournalDb::in_memory(retention));
  return Journal(std::move(db), IntentLog::in_memory(intent_capacity));
}

}  // namespace ebb::store
