#include "gateway/journal_link.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/crash_point.hpp"

namespace ebb::gateway {

JournalLink::JournalLink(store::Journal& journal, const store::JournalWriterOptions& options)
    : journal_(journal), writer_(journal, options) {}

bool JournalLink::hand_over(const Item& item) {
  if (const auto* record = std::get_if<model::Record>(&item)) return writer_.record(*record);
  return writer_.add_market(std::get<store::MarketRegistration>(item));
}

void JournalLink::wait(Item item) {
  if (waiting_.size() >= kMostWaiting) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  waiting_.push_back(std::move(item));
  waits_.store(waiting_.size(), std::memory_order_relaxed);
}

void JournalLink::record(const model::Record& record) {
  EBB_CRASH_POINT("gateway.before_record");
  if (!waiting_.empty() || !writer_.record(record)) wait(record);
  EBB_CRASH_POINT("gateway.after_record");
}

void JournalLink::add_market(const model::MarketTable& markets, model::MarketIndex market, Timestamp now) {
  store::MarketRegistration registration = store::make_registration(markets, market, now);
  if (!waiting_.empty() || !writer_.add_market(registration)) wait(std::move(registration));
}

void JournalLink::on_tick() {
  if (waiting_.empty()) return;
  while (!waiting_.empty() && hand_over(waiting_.front())) waiting_.pop_front();
  waits_.store(waiting_.size(), std::memory_order_relaxed);
}

Expected<void> JournalLink::keep(const model::IntentRecord& intent, std::string_view token_id) {
  EBB_CRASH_POINT("gateway.before_intent");
  if (!journal_.intents().append(intent, token_id)) {
    const std::string why = trouble();
    return fail("journal.no_intent",
                "its intent could not be kept: " + (why.empty() ? "the intent log takes nothing" : why));
  }
  EBB_CRASH_POINT("gateway.after_intent");
  return {};
}

std::string JournalLink::trouble() const {
  if (const std::uint64_t lost = lost_.load(std::memory_order_relaxed); lost > 0)
    return fmt::format("{} records could not be kept: restart, so that they are reconciled with the venue", lost);
  if (!writer_.healthy()) {
    const store::JournalHealth health = writer_.health();
    if (health.state == store::JournalState::failed) return health.error.message;
    if (health.state == store::JournalState::behind) return "it is behind: the disk is slow";
  }
  if (waits_.load(std::memory_order_relaxed) > 0) return "its queue is full";
  const store::IntentLog& intents = journal_.intents();
  if (intents.pending() >= intents.capacity() / 4 * 3) return "the intent log is nearly full";
  return {};
}

Expected<void> JournalLink::stop(Duration timeout) {
  on_tick();
  TRY_VOID(writer_.stop(timeout));
  if (waiting_.empty() && lost() == 0) return {};
  return fail("journal.incomplete", fmt::format("{} records were not written", waiting_.size() + lost()),
              "the next start reconciles with the venue");
}

}  // namespace ebb::gateway
