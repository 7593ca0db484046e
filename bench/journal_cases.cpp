#include "bench/journal_cases.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "store/journal_writer.hpp"

namespace ebb::bench {
namespace {

using namespace store;

constexpr std::size_t kGroup = 100;
const std::string kToken(77, '7');  // as long as the venue's ids are

/// A journal in memory or in a temporary directory, with a run and a market.
class Fixture {
 public:
  explicit Fixture(std::optional<Durability> on_disk) : journal_(open(on_disk)) {
    CHECK(journal_.db().begin_run({now(), {"paper", "0x00000000000000000000000000000000000000a1"}, "bench"}));
    MarketRegistration market;
    market.time = now();
    market.spec.condition_id = "0x" + std::string(64, 'c');
    market.spec.tokens = {model::TokenSpec{kToken, "Yes"}, model::TokenSpec{std::string(77, '8'), "No"}};
    market.tokens = {model::TokenIndex(0), model::TokenIndex(1)};
    CHECK(journal_.db().add_market(market));
  }
  ~Fixture() {
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] Journal& journal() { return journal_; }

  /// The next records of a busy trader: signal, intent, four steps of the order, a fill and its settlement, a token's state.
  void next_group(std::vector<model::Record>& group) {
    group.clear();
    while (group.size() + 9 <= kGroup) add_order(group);
    while (group.size() < kGroup)
      group.push_back({now(), model::SignalRecord{model::TokenIndex(1), Price(48), Price(52), "COOLDOWN"}});
  }
  [[nodiscard]] model::IntentRecord intent() {
    model::IntentRecord r;
    ++orders_;
    for (int i = 0; i < 8; ++i)
      r.order.id.bytes[static_cast<std::size_t>(i)] =
          static_cast<std::uint8_t>(orders_ * 0x9E3779B97F4A7C15ULL >> (8 * i));
    r.order.token = model::TokenIndex(0);
    r.order.price = Price(4800);
    r.order.size = shares_of(10);
    r.order.time = now();
    return r;
  }

 private:
  Journal open(std::optional<Durability> on_disk) {
    auto journal = Journal::in_memory();
    if (on_disk) {
      std::string name = (std::filesystem::temp_directory_path() / "ebb-bench-XXXXXX").string();
      CHECK(mkdtemp(name.data()) != nullptr);
      directory_ = name;
      journal = Journal::open({.directory = directory_, .now = now(), .durability = *on_disk});
    }
    CHECK(journal.has_value());
    return std::move(*journal);
  }
  [[nodiscard]] Timestamp now() { return from_ms(1'790'000'000'000 + ++records_); }
  void add_order(std::vector<model::Record>& group) {
    const model::IntentRecord placed = intent();
    group.push_back({now(), model::SignalRecord{model::TokenIndex(0), Price(4800), Price(4900), ""}});
    group.push_back({now(), placed});
    model::OrderRecord step;
    step.id = placed.order.id;
    step.token = model::TokenIndex(0);
    for (const auto state :
         {model::OrderState::sent, model::OrderState::live, model::OrderState::partial, model::OrderState::filled}) {
      step.state = state;
      group.push_back({now(), step});
    }
    model::FillRecord fill;
    fill.trade.order = placed.order.id;
    fill.trade.trade = *model::make_trade_id("5f0c2f3e-0000-4000-8000-" + std::to_string(100'000'000'000 + orders_));
    fill.trade.token = model::TokenIndex(0);
    fill.trade.price = Price(4800);
    fill.trade.size = shares_of(10);
    group.push_back({now(), fill});
    fill.trade.status = model::TradeStatus::mined;
    group.push_back({now(), fill});
    group.push_back({now(), model::TokenRecord{model::TokenIndex(0), 0, "HOLDING", 0, Price(4900)}});
  }

  std::uint64_t orders_ = 0;
  std::int64_t records_ = 0;
  std::filesystem::path directory_;
  Journal journal_;
};

/// A case over a fixture that is made on the first call.
Case fixture_case(std::string name, Unit unit, std::optional<Durability> on_disk,
                  std::function<double(Fixture&, std::int64_t)> work) {
  auto fixture = std::make_shared<std::unique_ptr<Fixture>>();
  Case c;
  c.name = std::move(name);
  c.unit = unit;
  c.ours = [=](std::int64_t iterations) {
    if (!*fixture) *fixture = std::make_unique<Fixture>(on_disk);
    return work(**fixture, iterations);
  };
  c.release = [=] { fixture->reset(); };
  return c;
}

/// Appends; slots are freed, uncounted, whenever the ring is full.
double append(Fixture& fixture, std::int64_t iterations) {
  IntentLog& log = fixture.journal().intents();
  const model::IntentRecord intent = fixture.intent();
  double seconds = 0;
  while (iterations > 0) {
    log.release(log.pending());
    const std::int64_t count = std::min<std::int64_t>(iterations, log.capacity());
    seconds += timed(count, [&](std::int64_t) { CHECK(log.append(intent, kToken)); });
    iterations -= count;
  }
  return seconds;
}

/// Commits groups of kGroup records; `per_row` counts rows instead of groups.
double commit(Fixture& fixture, std::int64_t groups) {
  std::vector<model::Record> group;
  double seconds = 0;
  for (std::int64_t i = 0; i < groups; ++i) {
    fixture.next_group(group);
    seconds += timed(1, [&](std::int64_t) { CHECK(fixture.journal().db().write(group)); });
  }
  return seconds;
}
double rows(Fixture& fixture, std::int64_t count) {
  const std::int64_t groups = (count + static_cast<std::int64_t>(kGroup) - 1) / static_cast<std::int64_t>(kGroup);
  return commit(fixture, groups) * static_cast<double>(count) /
         static_cast<double>(groups * static_cast<std::int64_t>(kGroup));
}

/// Hands records over to a running writer; waits, uncounted, for room.
double hand_over(Fixture& fixture, std::int64_t iterations) {
  JournalWriter writer(fixture.journal(), {});
  const model::Record record{from_ms(1'790'000'000'000),
                             model::SignalRecord{model::TokenIndex(0), Price(48), Price(52), ""}};
  double seconds = 0;
  while (iterations > 0) {
    CHECK(writer.flush(ebb::seconds(60)));
    const std::int64_t count = std::min<std::int64_t>(iterations, JournalWriter::kQueue / 2);
    seconds += timed(count, [&](std::int64_t) { CHECK(writer.record(record)); });
    iterations -= count;
  }
  CHECK(writer.stop(ebb::seconds(60)));
  return seconds;
}

}  // namespace

void add_journal_cases(std::vector<Case>& cases) {
  cases.push_back(fixture_case("journal/append", Unit::ns_per_op, Durability::process, append));
  cases.push_back(fixture_case("journal/append_power", Unit::microseconds, Durability::power, append));
  cases.push_back(fixture_case("journal/record", Unit::ns_per_op, Durability::process, hand_over));
  cases.push_back(fixture_case("journal/rows", Unit::ops_per_second, std::nullopt, rows));
  cases.push_back(fixture_case("journal/commit", Unit::microseconds, Durability::process, commit));
  cases.push_back(fixture_case("journal/commit_power", Unit::microseconds, Durability::power, commit));
}

}  // namespace ebb::bench
