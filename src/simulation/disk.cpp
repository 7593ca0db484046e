#include "simulation/disk.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace ebb::simulation {
namespace {

constexpr Duration kBehindAfter = seconds(1);  // as store::JournalWriterOptions
constexpr Duration kFirstRetry = milliseconds(50);
constexpr Duration kLastRetry = seconds(1);
constexpr std::uint64_t kMostIntents = 256;

store::Journal make_journal() {
  auto journal = store::Journal::in_memory();
  CHECK(journal.has_value());
  return std::move(*journal);
}

}  // namespace

Disk::Disk(Duration delay) : journal_(make_journal()), delay_(delay), retry_(kFirstRetry) {}

model::Recovery Disk::recover(const store::JournalAccount& account) {
  CHECK(journal_.db().import(journal_.intents()).has_value());
  auto recovery = journal_.db().recover(account);
  CHECK(recovery.has_value());
  return std::move(*recovery);
}

void Disk::begin_run(const store::RunStart& start, const model::MarketTable& markets) {
  CHECK(journal_.db().begin_run(start).has_value());
  for (std::uint32_t i = 0; i < markets.market_count(); ++i) {
    const auto registration = store::make_registration(markets, model::MarketIndex(i), start.time);
    CHECK(journal_.db().add_market(registration).has_value());
  }
}

void Disk::end_run(Timestamp now) { CHECK(journal_.db().end_run(now, store::RunEnding::in_order).has_value()); }

void Disk::plan(Timestamp at) {
  if (due_ == kNever) due_ = at;
}

void Disk::record(Timestamp now, const model::Record& record) {
  if (waiting_.empty()) waiting_since_ = now;
  waiting_.push_back(record);
  plan(now + delay_ + slow_);
}

bool Disk::keep(const model::IntentRecord& intent, std::string_view token_id) {
  return journal_.intents().append(intent, token_id);
}

std::string Disk::trouble(Timestamp now) {
  if (!failure_.empty()) return failure_;
  if (!waiting_.empty() && now - waiting_since_ > kBehindAfter) return "it is behind: the disk is slow";
  const store::IntentLog& intents = journal_.intents();
  if (intents.pending() >= intents.capacity() / 4 * 3) return "the intent log is nearly full";
  return {};
}

bool Disk::write(Timestamp now) {
  store::JournalDb& db = journal_.db();
  const std::uint64_t intents = std::min(journal_.intents().pending(), kMostIntents);
  if (waiting_.empty() && intents == 0) return false;
  const auto group = [&]() -> Expected<void> {
    TRY_VOID(db.begin());
    for (const model::Record& record : waiting_) TRY_VOID(db.add(record));
    for (std::uint64_t i = 0; i < intents; ++i) {
      if (const auto intent = journal_.intents().peek(i); intent && intent->sequence != 0) TRY_VOID(db.add(*intent));
    }
    return db.commit();
  };
  if (auto written = group(); !written) {
    CHECK(written.error().code == "journal.full");  // anything else is a bug of the journal
    failure_ = written.error().message;
    ++refused_;
    due_ = now + retry_;
    retry_ = std::min(retry_ * 2, kLastRetry);
    return false;
  }
  journal_.intents().note_commit(db.commits());
  journal_.intents().release(intents);
  waiting_.clear();
  failure_.clear();
  retry_ = kFirstRetry;
  ++commits_;
  return true;
}

bool Disk::run(Timestamp now) {
  if (due_ > now) return false;
  due_ = kNever;
  return write(now);
}

void Disk::flush(Timestamp now) {
  due_ = kNever;
  (void)write(now);
}

void Disk::crash() {
  written_until_ = waiting_.empty() ? kNever : waiting_since_;
  lost_ += waiting_.size();
  waiting_.clear();
  due_ = kNever;
  failure_.clear();
  retry_ = kFirstRetry;
  slow_ = Duration(0);
}

void Disk::set_full(bool full) {
  // A few pages more than it has: the first groups may still fit, as on a disk that fills up.
  journal_.db().limit_pages(full ? journal_.db().pages() + 2 : 0);
}

}  // namespace ebb::simulation
