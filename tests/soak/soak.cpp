// A live trader, in this process, against a running exchange server over TLS: real orders, real sockets, and every second markets
// are added and removed. Says what it held, how long things took, and whether any of it drifts.
//
//   ebb-soak READY.json SECONDS DATA_DIR       READY.json: the ready line of `ebb exchange`
//
// Judged after the first fifth of the time (tests/soak/samples.hpp); the bounds stand in bounds() below and in docs/limits.md.
#include <dirent.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sqlite3.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/decimal.hpp"
#include "gateway/rest_conversation.hpp"
#include "gateway/trader.hpp"
#include "polymarket/json_tree.hpp"
#include "runner/input_recorder.hpp"
#include "samples.hpp"
#include "store/input_log_writer.hpp"
#include "store/journal.hpp"

namespace {

using namespace ebb;
using Clock = std::chrono::steady_clock;

constexpr double kPredecessorPerMinute = 4'474;  // events a minute that the predecessor was measured with
constexpr double kTimesTheLoad = 10;
constexpr auto kSampleEvery = std::chrono::seconds(3);
// Small segments, so that the log goes round several times.
constexpr std::uint64_t kSegmentBytes = std::uint64_t{4} << 20;
constexpr std::uint32_t kSegments = 4;
constexpr Duration kGrace =
    seconds(10);  // of an unsubscription: so that the number of followed tokens settles in the warm-up

[[noreturn]] void die(const Error& error) {
  fmt::print(stderr, "ebb-soak: {}: {}\n", error.code, error.message);
  std::exit(2);
}
template <class T>
T must(Expected<T> value) {
  if (!value) die(value.error());
  return std::move(*value);
}

struct Ready {
  gateway::VenueTexts venue;
  std::vector<std::string> tokens;  ///< one of each market
};
Ready read_ready(const char* path) {
  std::ifstream in(path);
  const std::string line{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  polymarket::JsonTree tree;
  if (!tree.parse(line)) die({"soak.ready", std::string(path) + " is not a ready line", ""});
  const auto text = [&](std::string_view key) { return std::string(tree.member(0, key).text); };
  Ready ready;
  ready.venue = {text("rest"), text("ws_market"), text("ws_user"), text("gamma"),
                 text("data"), text("geoblock"),  text("ca_file")};
  const std::uint32_t markets = tree.find(0, "markets");
  for (std::uint32_t i = markets + 1; i < tree[markets].end; i = tree[i].end) {
    const std::uint32_t tokens = tree.find(i, "tokens");
    ready.tokens.emplace_back(tree.member(tokens + 1, "token_id").text);
  }
  return ready;
}

crypto::PrivateKey soak_key() { return crypto::PrivateKey::parse(std::string(63, '0') + "9").value(); }

gateway::TraderConfig trader_config(const Ready& ready) {
  gateway::TraderConfig config{.venue = must(gateway::parse_venue(ready.venue)), .engine = {}};
  const auto credentials = must(gateway::obtain_credentials(config.venue, {}, soak_key(), nullptr));
  const crypto::Address address = soak_key().address();
  config.engine.maker_address = config.engine.signer_address = crypto::checksum_text(address);
  config.engine.forced_tier = "demo";
  // Many small orders at once: what is measured is the machine, not the limits of a careful start.
  config.engine.limits.total = dollars(5'000);
  config.engine.limits.open_orders = 1'000;
  config.engine.limits.orders_per_second = 40;
  config.engine.limits.stop_on_daily_loss = false;
  config.feed.unsubscribe_grace = kGrace;
  gateway::OrderLinkConfig orders;
  orders.desk.sender.maker = orders.desk.sender.signer = address;
  const auto l2 = [&] { return must(polymarket::L2Signer::create(credentials, address)); };
  config.live = gateway::LiveConfig{soak_key(), credentials, l2(), l2(), std::move(orders)};
  return config;
}

// ---- what the process holds ----

std::size_t entries_of(const char* path) {
  std::size_t count = 0;
  if (DIR* directory = opendir(path)) {
    while (readdir(directory) != nullptr) ++count;
    closedir(directory);
    count -= 2;  // "." and ".."
  }
  return count;
}
double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * 4096 / 1e6;
}
double heap_mb() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}
/// What the tables of orders and legs take: they grow until their bounds (docs/limits.md), which takes hours. About: a record;
/// for a leg also its place in the maps that find it, and the room that the last doubling left free.
double records_mb(std::size_t orders, std::size_t legs) {
  constexpr double kOrderBytes = sizeof(execution::Order), kLegBytes = 256;
  return (static_cast<double>(orders) * kOrderBytes + static_cast<double>(std::bit_ceil(legs)) * kLegBytes) / 1e6;
}
/// The journal's page cache fills up to 16 MB as the journal grows.
double page_cache_mb() { return static_cast<double>(sqlite3_memory_used()) / 1e6; }
double folder_mb(const std::filesystem::path& folder) {
  double bytes = 0;
  std::error_code error;  // files come and go
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += static_cast<double>(entry.file_size(error));
  }
  return bytes / 1e6;
}

// ---- markets that come and go ----

/// Follows a window of the markets; every step its first ones leave and new ones enter, around and around.
class Churn {
 public:
  Churn(gateway::Trader& trader, std::vector<model::MarketSpec> markets, std::size_t followed)
      : trader_(trader), markets_(std::move(markets)), next_(followed) {}
  void step(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const model::TokenSpec& token : markets_[oldest_ % markets_.size()].tokens) {
        // Every other one leaves at once, the others sell what they hold at their profit.
        const auto how = oldest_ % 2 == 0 ? gateway::Leaving::exit : gateway::Leaving::sell_only;
        if (const auto done = trader_.remove_token(token.token_id, how); !done) die(done.error());
      }
      ++oldest_;
      if (const auto done = trader_.add_market(markets_[next_++ % markets_.size()]); !done) die(done.error());
    }
  }
  [[nodiscard]] std::size_t changes() const { return oldest_; }

 private:
  gateway::Trader& trader_;
  std::vector<model::MarketSpec> markets_;
  std::size_t oldest_ = 0;
  std::size_t next_;
};

// ---- sampling ----

struct Counters {
  std::uint64_t events = 0;
  std::uint64_t fills = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t round_trips = 0;
  std::size_t slots = 0;
  std::size_t order_records = 0;
  telemetry::Histogram decision;
};
Counters counters_of(gateway::Trader& trader) {
  Counters out;
  trader.call([&](engine::Engine& engine) {
    out.events = engine.stats().events_total;
    out.fills = engine.ledger().fills();
    out.reconnects = engine.stats().reconnects;
    out.slots = engine.markets().token_count();
    out.order_records = engine.orders().all().size();
    for (const model::TokenIndex token : engine.ledger().touched())
      out.round_trips += engine.ledger().position(token).round_trips;
    out.decision = trader.bytes_to_decision();
  });
  return out;
}

class Sampling {
 public:
  Sampling(gateway::Trader& trader, std::filesystem::path data) : trader_(trader), data_(std::move(data)) {
    before_ = counters_of(trader_);
    stages_ = trader_.stage_times().value();
    last_ = Clock::now();
  }
  void take(double at) {
    const auto now = Clock::now();
    const double span = std::chrono::duration<double>(now - std::exchange(last_, now)).count();
    const Counters counters = counters_of(trader_);
    const gateway::StageTimes stages = trader_.stage_times().value();
    const gateway::OrderLinkState orders = trader_.order_state().value();
    const gateway::TraderState state = trader_.state();
    const auto decision = counters.decision.since(before_.decision);
    const auto total = static_cast<std::size_t>(gateway::Stage::total);
    const auto order = stages[total].since(stages_[total]);
    const double rate = static_cast<double>(counters.events - before_.events) / span * 60;
    add("events", "a minute", at, rate);
    add("resident memory", "MB", at, resident_mb());
    add("resident beyond heap", "MB", at, resident_mb() - heap_mb());
    add("page cache", "MB", at, page_cache_mb());
    add("heap in use", "MB", at, heap_mb());
    add("heap less records", "MB", at,
        heap_mb() - page_cache_mb() - records_mb(counters.order_records, counters.fills));
    add("file handles", "", at, static_cast<double>(entries_of("/proc/self/fd")));
    add("threads", "", at, static_cast<double>(entries_of("/proc/self/task")));
    add("requests queued", "", at, static_cast<double>(orders.queued));
    add("requests under way", "", at, static_cast<double>(orders.in_flight));
    add("markets leaving", "", at, static_cast<double>(state.leaving_markets));
    add("decision p50", "us", at, us(decision.percentile(0.50)));
    add("decision p99", "us", at, us(decision.percentile(0.99)));
    if (order.count() > 0) add("order p50", "us", at, us(order.percentile(0.50)));
    if (order.count() >= 10) add("order p99", "us", at, us(order.percentile(0.99)));
    add("data directory", "MB", at, folder_mb(data_));
    fmt::print(
        "{:>5.0f} s  {:>7.0f} events/min  rss {:>6.1f} MB  heap {:>6.1f} MB  fds {}  threads {}  tokens {} ({} "
        "untrusted)  "
        "leaving {}  retired {}  slots {}  open {}  fills {}  p50 {:.0f} us  p99 {:.0f} us  queued {}\n",
        at, rate, resident_mb(), heap_mb(), entries_of("/proc/self/fd"), entries_of("/proc/self/task"), state.tokens,
        state.untrusted, state.leaving_markets, state.retired_markets, counters.slots, state.open_orders,
        counters.fills, us(decision.percentile(0.5)), us(decision.percentile(0.99)), orders.queued);
    std::fflush(stdout);
    before_ = counters;
    stages_ = stages;
  }
  [[nodiscard]] const soak::Series& series(const std::string& name) { return series_[name]; }
  [[nodiscard]] const std::map<std::string, soak::Series>& all() const { return series_; }

 private:
  static double us(Duration d) { return static_cast<double>(d.raw()) / 1e3; }
  void add(const std::string& name, const std::string& unit, double at, double value) {
    soak::Series& series = series_[name];
    series.name = name;
    series.unit = unit;
    series.add(at, value);
  }

  gateway::Trader& trader_;
  std::filesystem::path data_;
  Counters before_;
  gateway::StageTimes stages_;
  Clock::time_point last_;
  std::map<std::string, soak::Series> series_;
};

// ---- the verdict ----

/// What may drift by how much in the judged time. A short run has less time to settle and to average.
std::map<std::string, soak::Bound> bounds(bool is_long) {
  using soak::Bound;
  const double slack = is_long ? 1 : 2;
  return {
      {"heap less records", {Bound::Kind::level, 1.5 * slack, 0.03 * slack}},
      {"file handles", {Bound::Kind::level, 1, 0}},
      {"threads", {Bound::Kind::level, 0, 0}},
      {"requests queued", {Bound::Kind::level, 2, 0}},
      {"requests under way", {Bound::Kind::level, 2, 0}},
      {"markets leaving", {Bound::Kind::level, 10 * slack, 0.25}},
      {"decision p50", {Bound::Kind::latency, 100, 0.5}},
      {"decision p99", {Bound::Kind::latency, 500, 0.5}},
      {"order p50", {Bound::Kind::latency, 500, 0.5}},
  };
}

struct Claims {
  int failed = 0;
  void that(bool holds, const std::string& text) {
    fmt::print("{}  {}\n", holds ? "ok    " : "FAILED", text);
    failed += holds ? 0 : 1;
  }
};

bool judge(Sampling& sampling, double length) {
  Claims claims;
  for (const auto& [name, bound] : bounds(length >= 300)) {
    const soak::Verdict verdict = soak::judge(sampling.series(name), bound, length / 5);
    claims.that(verdict.holds, verdict.text);
  }
  // Queues and buffers that were made at the start count as heap at once and become resident as they are first used, for
  // many minutes. A leak shows in the heap; what is resident beyond it is code, files and what fragments.
  const auto& beyond = sampling.series("resident beyond heap").value;
  constexpr double kMostBeyond = 40;
  claims.that(!beyond.empty() && *std::max_element(beyond.begin(), beyond.end()) <= kMostBeyond,
              fmt::format("{:<22} last {:.1f} MB, at most {:.0f}", "resident beyond heap",
                          beyond.empty() ? 0.0 : beyond.back(), kMostBeyond));
  const auto& cache = sampling.series("page cache").value;
  constexpr double kLargestCache = 18;  // 16 MB of pages, and what SQLite keeps beside them
  claims.that(!cache.empty() && *std::max_element(cache.begin(), cache.end()) <= kLargestCache,
              fmt::format("{:<22} last {:.1f} MB, at most {:.0f}", "page cache", cache.empty() ? 0.0 : cache.back(),
                          kLargestCache));
  const double rate = soak::median(soak::from(sampling.series("events"), length / 5).value);
  claims.that(rate >= kTimesTheLoad * kPredecessorPerMinute,
              fmt::format("{:<22} median {:.0f} a minute, {:.1f} times the predecessor's, at least {:.0f} times",
                          "events", rate, rate / kPredecessorPerMinute, kTimesTheLoad));
  return claims.failed == 0;
}

/// The input log keeps the engine's inputs and commands; test_soak.py replays it afterwards.
bool judge_log(const store::InputLogWriter& log, const std::filesystem::path& folder) {
  Claims claims;
  const store::InputLogStats stats = log.stats();
  const double kept = folder_mb(folder), most = static_cast<double>(kSegmentBytes) / 1e6 * (kSegments + 1);
  claims.that(stats.gaps == 0, fmt::format("input log: {} records, {:.1f} MB in {} segments, {} gaps", stats.records,
                                           static_cast<double>(stats.stored_bytes) / 1e6, stats.segments, stats.gaps));
  claims.that(kept <= most, fmt::format("input log: {:.1f} MB are kept, at most {:.1f}", kept, most));
  return claims.failed == 0;
}

/// The journal grows with what is traded, and by no more than its retention keeps: per order and fill, not per market event.
bool judge_journal(const std::filesystem::path& folder, std::uint64_t orders, std::uint64_t fills) {
  constexpr double kBytesOfOne = 12'000;  // an order's intent and events, a fill's steps, their signals and indices
  Claims claims;
  std::error_code error;
  double bytes = 0;
  for (const char* name : {"journal.db", "journal.db-wal"}) {
    const auto size = std::filesystem::file_size(folder / name, error);
    if (!error) bytes += static_cast<double>(size);
  }
  const double most = 16e6 + kBytesOfOne * static_cast<double>(orders + fills);
  claims.that(bytes > 0 && bytes <= most,
              fmt::format("journal: {:.1f} MB with its write-ahead log, at most {:.1f} for {} orders and {} fills",
                          bytes / 1e6, most / 1e6, orders, fills));
  return claims.failed == 0;
}

bool judge_work(gateway::Trader& trader, const Churn& churn, double length) {
  Claims claims;
  const Counters counters = counters_of(trader);
  const gateway::TraderState state = trader.state();
  const auto orders = trader.order_state();
  claims.that(static_cast<double>(churn.changes()) >= length,
              fmt::format("{} markets left, {} entered", churn.changes(), churn.changes()));
  claims.that(counters.fills > 0 && counters.round_trips > 0,
              fmt::format("{} orders placed, {} fills, {} round trips", orders->sender.placed, counters.fills,
                          counters.round_trips));
  claims.that(trader.lost_commands() == 0, fmt::format("{} commands lost between the threads", trader.lost_commands()));
  claims.that(counters.reconnects == 0, fmt::format("{} connections lost", counters.reconnects));
  claims.that(state.retired_markets > 0, fmt::format("{} markets are retired, {} on their way out, {} token slots",
                                                     state.retired_markets, state.leaving_markets, counters.slots));
  return claims.failed == 0;
}

void stop_in_order(gateway::Trader& trader) {
  trader.begin_stop();
  for (int i = 0; i < 300; ++i) {
    const gateway::TraderState state = trader.state();
    if (state.open_orders == 0 && !state.unsettled) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  trader.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: ebb-soak READY.json SECONDS DATA_DIR\n");
    return 2;
  }
  const Ready ready = read_ready(argv[1]);
  const double length = std::strtod(argv[2], nullptr);
  gateway::TraderConfig config = trader_config(ready);
  std::vector<model::MarketSpec> markets;
  for (polymarket::GammaMarket& market : must(gateway::fetch_markets(config.venue, ready.tokens)))
    markets.push_back(std::move(market.spec));
  const std::size_t followed = markets.size() / 2;
  config.markets.assign(markets.begin(), markets.begin() + static_cast<std::ptrdiff_t>(followed));
  const store::JournalAccount account{"embedded", config.engine.maker_address};
  auto journal = must(store::Journal::open(
      {.directory = argv[3],
       .now = Timestamp(std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count())}));
  config.books = gateway::BooksConfig{.journal = &journal,
                                      .run = {.account = account, .version = "soak"},
                                      .recovery = must(journal.db().recover(account))};
  const std::filesystem::path input = std::filesystem::path(argv[3]) / "input";
  const auto log =
      must(store::InputLogWriter::open({.directory = input, .segment_bytes = kSegmentBytes, .segments = kSegments}));
  gateway::Trader trader(std::move(config));
  runner::InputRecorder recorder(*log, trader.engine(), {"soak", "", "", trader.engine().now()});
  if (const auto started = trader.start(); !started) die(started.error());

  Churn churn(trader, std::move(markets), followed);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  Sampling sampling(trader, argv[3]);
  const auto begun = Clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
  auto next_sample = begun + kSampleEvery, next_step = begun;
  while (spent() < length) {
    std::this_thread::sleep_until(std::min(next_sample, next_step));
    if (Clock::now() >= next_step) {
      churn.step(1);
      next_step += std::chrono::milliseconds(500);
    }
    if (Clock::now() >= next_sample) {
      sampling.take(spent());
      next_sample += kSampleEvery;
    }
  }
  const bool steady = judge(sampling, length);
  const bool worked = judge_work(trader, churn, length) &
                      judge_journal(argv[3], trader.order_state()->sender.placed, counters_of(trader).fills);
  stop_in_order(trader);
  if (const auto kept = recorder.finish(); !kept) die(kept.error());
  const bool logged = judge_log(*log, input);
  for (const Error& error : trader.book_errors()) fmt::print("FAILED  journal: {}: {}\n", error.code, error.message);
  const bool holds = steady && worked && logged && trader.book_errors().empty();
  fmt::print("{}\n", holds ? "nothing drifts" : "FAILED");
  return holds ? 0 : 1;
}
