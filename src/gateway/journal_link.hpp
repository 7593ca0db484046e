// The journal of a running trader: the engine's records go in without waiting, intents are kept before their orders leave, and
// trouble with either is said in words, so that the gate closes and opens again by itself.
//
// What the journal's queue does not take waits here, in order and bounded; it goes in when there is room. Only what is beyond
// the bound is lost, and then no order leaves for the rest of the run: a restart reconciles with the venue.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>

#include "base/expected.hpp"
#include "model/market.hpp"
#include "model/record.hpp"
#include "store/journal.hpp"
#include "store/journal_writer.hpp"

namespace ebb::gateway {

class JournalLink {
 public:
  /// Records that wait for the journal's queue at most.
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 17;

  /// `journal` has a run, knows its markets, and outlives the link. Starts the writer.
  explicit JournalLink(store::Journal& journal, const store::JournalWriterOptions& options = {});

  // Engine's thread:
  void record(const model::Record& record);
  /// Before the first record that names its tokens.
  void add_market(const model::MarketTable& markets, model::MarketIndex market, Timestamp now);
  /// Every few milliseconds: what waits goes in as far as there is room.
  void on_tick();

  // Gateway's thread:
  /// Keeps the intent of an order that is about to leave. Error `journal.no_intent`: it must not leave.
  [[nodiscard]] Expected<void> keep(const model::IntentRecord& intent, std::string_view token_id);

  // Any thread:
  /// Why no new order may leave; empty while all is well. Cheap while it is.
  [[nodiscard]] std::string trouble() const;
  /// What has been accepted so far is committed. Errors: those of JournalWriter::flush.
  Expected<void> flush(Duration timeout) { return writer_.flush(timeout); }
  [[nodiscard]] store::JournalCounters counters() const { return writer_.counters(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  /// After the engine's and the gateway's threads have ended. Error: records were left behind.
  Expected<void> stop(Duration timeout);

 private:
  using Item = std::variant<model::Record, store::MarketRegistration>;
  [[nodiscard]] bool hand_over(const Item& item);
  void wait(Item item);

  store::Journal& journal_;
  store::JournalWriter writer_;
  std::deque<Item> waiting_;  // engine's thread
  std::atomic<std::size_t> waits_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace ebb::gateway
